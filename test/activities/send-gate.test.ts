import { describe, expect, it } from '@jest/globals';
import { createSendGate, type SendGate } from '../../src/activities/send-gate.ts';
import type { SendOutcome } from '../../src/domain/outcome.ts';

const pace = { account: { count: 1_000, perMs: 1_000 }, recipient: null };
const CHANNEL = { name: 'instagram', pace };
const SENT: SendOutcome = { class: 'sent', platformMessageId: 'mid_1' };
const HELD_BACK = { class: 'throttled', code: 'paced', retryAfterMs: 1_000 };

/** Calls of an account that do not end before they are told to. */
function hang(gate: SendGate, accountId: string, count: number) {
  const { promise, resolve } = Promise.withResolvers<SendOutcome>();
  const calls = Array.from({ length: count }, (_, at) =>
    gate.pass(CHANNEL, { accountId, conversationId: `conv_${at}` }, () => promise),
  );
  return { calls, end: () => resolve(SENT) };
}

describe('the gate to a platform', () => {
  it('holds an account back whose calls hang, and no other account', async () => {
    const gate = createSendGate();
    const hanging = hang(gate, 'acc_1', 50);
    let calls = 0;
    const send = (accountId: string) =>
      gate.pass(CHANNEL, { accountId, conversationId: 'conv_new' }, async () => {
        calls += 1;
        return SENT;
      });
    expect(await send('acc_1')).toMatchObject(HELD_BACK);
    expect(calls).toBe(0);
    expect(await send('acc_2')).toEqual(SENT);
    hanging.end();
    await Promise.all(hanging.calls);
    expect(await send('acc_1')).toEqual(SENT);
  });

  it('counts a call that fails as over, too', async () => {
    const gate = createSendGate();
    const message = { accountId: 'acc_1', conversationId: 'conv_1' };
    for (let at = 0; at < 60; at += 1)
      await expect(
        gate.pass(CHANNEL, message, () => Promise.reject(new Error('a bug'))),
      ).rejects.toThrow('a bug');
    expect(await gate.pass(CHANNEL, message, async () => SENT)).toEqual(SENT);
  });
});
