import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { receive } from '../../../src/channels/instagram/receive.ts';
import { flawsOf, mutate, mutation } from '../mutations.ts';
import { bodyOf, DOCUMENTED, item, requestOf } from './payloads.ts';

const before = item({ message: { mid: 'm-before-it', text: 'before' } });
const after = item({ message: { mid: 'm-after-it', text: 'after' } });

describe('receive, with a documented payload damaged anywhere', () => {
  it.each(Object.entries(DOCUMENTED))(
    'of kind %s never throws and keeps its neighbours',
    (_kind, payload) => {
      fc.assert(
        fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
          const damaged = mutations.reduce<unknown>(mutate, payload);
          const events = receive(requestOf(bodyOf(before, damaged, after)));
          expect(flawsOf(events, 'message:m-before-it', 'message:m-after-it')).toEqual([]);
        }),
        { numRuns: 5000 },
      );
    },
    120_000,
  );

  it('in its envelope never throws', () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        const body = mutations.reduce<unknown>(mutate, bodyOf(before, after));
        expect(Array.isArray(receive(requestOf(body)))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('as bytes never throws, and always says something', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), (at, byte) => {
        const bytes = Buffer.from(JSON.stringify(bodyOf(before, after)));
        bytes[at % bytes.length] = byte;
        expect(receive(requestOf(bytes)).length).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 3000 },
    );
  });
});
