import { describe, expect, it } from '@jest/globals';
import { advances, type MessageStatus } from '../../src/domain/message.ts';

const proofs = ['sent', 'delivered', 'read'] as const;

describe('the status of a message', () => {
  it.each<[MessageStatus, (typeof proofs)[number][]]>([
    ['pending', ['sent', 'delivered', 'read']],
    ['unconfirmed', ['sent', 'delivered', 'read']],
    ['failed', ['sent', 'delivered', 'read']],
    ['sent', ['delivered', 'read']],
    ['delivered', ['read']],
    ['read', []],
  ])('goes up from %s to %p, and never down', (from, to) => {
    expect(proofs.filter((proof) => advances(from, proof))).toEqual(to);
  });
});
