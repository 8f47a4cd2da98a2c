import { expect, it } from '@jest/globals';
import type { SendOutcome } from '../../src/domain/outcome.ts';
import { fresh, type Get, send, TEXTS } from './contract-steps.ts';
import type { Fault } from './platform-under-test.ts';

/** Every way a send can end is told apart, and nothing is ever sent twice. */
export function describeSending(get: Get): void {
  it.each(TEXTS)('delivers %j unchanged', async (base) => {
    const text = fresh(base);
    const outcome = await send(get, text);
    expect(outcome).toMatchObject({ class: 'sent', platformMessageId: expect.stringMatching(/./) });
    expect((await get().received()).at(-1)).toBe(text);
  });

  it('gives each message an id of its own', async () => {
    const outcomes = [await send(get, fresh('a')), await send(get, fresh('b'))];
    const ids = outcomes.map((outcome) => outcome.class === 'sent' && outcome.platformMessageId);
    expect(new Set(ids).size).toBe(2);
  });

  it('splits a long text into parts that the platform takes and that join to the text', async () => {
    const { channel } = get();
    const text = fresh('Zwölf Boxkämpfer 👩‍👩‍👧‍👦 jagen Viktor quer über den Sylter Deich. '.repeat(150));
    const parts = channel.splitText(text);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.join('')).toBe(text);
    for (const part of parts) expect(await send(get, part)).toMatchObject({ class: 'sent' });
    expect((await get().received()).slice(-parts.length).join('')).toBe(text);
  });

  it.each<[Fault, SendOutcome['class']]>([
    ['refuse', 'refused'],
    ['throttle', 'throttled'],
    ['unauthorize', 'unauthorized'],
    ['stumble', 'transient'],
    ['unavailable', 'unavailable'],
    ['break', 'unknown'],
  ])('tells a platform that is told to %s as %s, in one call', async (fault, expected) => {
    const { account, customer } = get();
    const calls = await get().sendCalls();
    await get().fault(fault);
    const text = fresh('secret text');
    const outcome = await send(get, text);
    expect(outcome).toMatchObject({ class: expected, code: expect.stringMatching(/./) });
    if (outcome.class === 'throttled') expect(outcome.retryAfterMs).toBe(get().retryAfterMs);
    expect(await get().sendCalls()).toBe(calls + 1);
    expect(await get().received()).not.toContain(text);
    const shown = JSON.stringify(outcome);
    for (const secret of [text, customer.id, ...Object.values(account.credentials)])
      expect(shown).not.toContain(secret);
  });

  it.each<Fault>(['apply-then-drop', 'apply-then-garble'])(
    'does not know what became of a call after %s, and does not repeat it',
    async (fault) => {
      const calls = await get().sendCalls();
      await get().fault(fault);
      const text = fresh('maybe');
      expect(await send(get, text)).toMatchObject({ class: 'unknown' });
      expect(await get().sendCalls()).toBe(calls + 1);
      expect((await get().received()).filter((other) => other === text)).toHaveLength(1);
    },
  );

  it('knows that nothing left when nobody listens or the time is over', async () => {
    const { unreachable, channel, account, customer } = get();
    let left = 0;
    const request = {
      recipientId: customer.id,
      text: 'x',
      callbackData: 'msg',
      onLeaving: () => (left += 1),
      answerTimeoutMs: 4000,
    };
    const deadline = performance.now() + 5000;
    const nobody = await unreachable.send(account, { ...request, deadline });
    const late = await channel.send(account, { ...request, deadline: performance.now() - 1 });
    expect([nobody.class, late.class]).toEqual(['unavailable', 'unavailable']);
    expect(left).toBe(0);
  });

  it('refuses a recipient who is not there', async () => {
    expect(await send(get, 'x', { recipientId: '404' })).toMatchObject({ class: 'refused' });
  });
}
