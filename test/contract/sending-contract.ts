import { expect, it } from '@jest/globals';
import type { SendOutcome } from '../../src/domain/outcome.ts';
import type { OutgoingContent } from '../../src/domain/outgoing-content.ts';
import {
  fresh,
  type Get,
  media,
  partsOf,
  requestFor,
  send,
  sentId,
  TEXTS,
} from './contract-steps.ts';
import type { Fault, Features } from './platform-under-test.ts';

/** Every way a send can end is told apart, and nothing is ever sent twice. */
export function describeSending(get: Get, features: Features): void {
  const onlyIf = (has: boolean) => (has ? it : it.skip);

  it.each(TEXTS)('delivers %j unchanged', async (base) => {
    const text = fresh(base);
    const outcome = await send(get, text);
    expect(outcome).toMatchObject({ class: 'sent', platformMessageId: expect.stringMatching(/./) });
    expect((await get().received()).at(-1)).toBe(text);
  });

  it('gives each message an id of its own', async () => {
    const ids = [await sentId(send(get, fresh('a'))), await sentId(send(get, fresh('b')))];
    expect(new Set(ids).size).toBe(2);
  });

  it('delivers messages in the order in which they were sent', async () => {
    const texts = ['first', 'second', 'third'].map(fresh);
    for (const text of texts) await sentId(send(get, text));
    expect((await get().received()).slice(-texts.length)).toEqual(texts);
  });

  it('splits a long text into parts that the platform takes and that join to the text', async () => {
    const text = fresh('Zwölf Boxkämpfer 👩‍👩‍👧‍👦 jagen Viktor quer über den Sylter Deich. '.repeat(150));
    const parts = partsOf(get, { type: 'text', text });
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map((part) => 'text' in part && part.text).join('')).toBe(text);
    for (const part of parts) expect(await send(get, part)).toMatchObject({ class: 'sent' });
    // A platform may take the blanks off the ends of each message; where they stood one ends.
    const words = (texts: unknown[]) => texts.map((one) => String(one).trim());
    expect(words((await get().received()).slice(-parts.length))).toEqual(
      words(parts.map((part) => 'text' in part && part.text)),
    );
  });

  it.each<[Fault, SendOutcome['class']]>([
    ['refuse', 'refused'],
    ['refuse-oddly', 'refused'],
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
    const isOdd = fault === 'refuse-oddly';
    expect('unknownCode' in outcome && outcome.unknownCode !== undefined).toBe(isOdd);
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
    const { unreachable, channel, account } = get();
    let left = 0;
    const request = requestFor(get, 'x', { onLeaving: () => (left += 1) });
    const nobody = await unreachable.send(account, request);
    const late = await channel.send(account, { ...request, deadline: performance.now() - 1 });
    expect([nobody.class, late.class]).toEqual(['unavailable', 'unavailable']);
    expect(left).toBe(0);
  });

  onlyIf(features.refusesAbsent)('refuses a recipient who is not there', async () => {
    const outcome = await send(get, 'x', { recipientId: get().absentId });
    expect(outcome).toMatchObject({ class: 'refused' });
    expect(JSON.stringify(outcome)).not.toContain(get().absentId);
  });

  it('reads the ids that it gives as recipients, and nothing else', () => {
    const { channel, customer } = get();
    expect(channel.parseRecipient(customer.id)?.externalId).toBe(customer.id);
    for (const odd of ['', ' ', '\0', 'a b', 'a\r\nb'])
      expect(channel.parseRecipient(odd)).toBeNull();
  });
}

/** Files, answers, reactions and changes: what the customer sees of them. */
export function describeSendingMore(get: Get, { sends }: Features): void {
  it.each<OutgoingContent['type']>(['image', 'video', 'audio', 'document'])(
    'delivers %s by its address, or refuses to plan it',
    async (type) => {
      if (!sends.media) return;
      const url = `https://files.example/${fresh('file').replaceAll(/\W/g, '')}`;
      const content = media(type as 'image', url);
      for (const part of partsOf(get, content))
        expect(await send(get, part)).toMatchObject({ class: 'sent' });
      expect(await get().lastReceived()).toMatchObject({ type, url });
    },
  );

  (sends.media ? it : it.skip)('plans a caption so that none of its words is lost', async () => {
    const caption = fresh('Um café, por favor ☕️ '.repeat(150));
    const content = { ...media('image', 'https://files.example/a.png'), caption };
    const parts = partsOf(get, content);
    const words = parts.map((part) =>
      part.type === 'text' ? part.text : 'caption' in part ? part.caption : null,
    );
    expect(words.join('')).toBe(caption);
    for (const part of parts) expect(await send(get, part)).toMatchObject({ class: 'sent' });
  });

  it('says which member is at fault in what it refuses to plan', () => {
    const content = { ...media('image', 'https://files.example/a'), mimeType: 'text/x-unheard-of' };
    const plan = get().channel.planSend(content);
    expect(plan).toMatchObject({
      refused: {
        pointer: expect.stringMatching(/^\/content\//),
        code: expect.stringMatching(/^[a-z_]+$/),
        detail: expect.stringMatching(/./),
      },
    });
  });

  (sends.replies ? it : it.skip)('answers a message of the customer', async () => {
    const id = await get().write(fresh('a question'));
    const text = fresh('an answer');
    await sentId(send(get, text, { refersTo: id }));
    expect(await get().lastReceived()).toMatchObject({ text, replyTo: id });
  });

  (sends.reactions ? it : it.skip)('reacts to a message and takes that back', async () => {
    const id = await get().write(fresh('like this'));
    for (const emoji of ['👍', null]) {
      const outcome = await send(get, { type: 'reaction', emoji }, { refersTo: id });
      expect(outcome).toMatchObject({ class: 'sent' });
      expect(await get().reactionTo(id)).toBe(emoji);
    }
  });

  (sends.edits ? it : it.skip)('changes what it sent', async () => {
    const id = await sentId(send(get, fresh('tpyo')));
    const text = fresh('typo');
    const outcome = await send(get, { type: 'edit', text }, { refersTo: id });
    expect(outcome).toMatchObject({ class: 'sent' });
    expect((await get().received()).at(-1)).toBe(text);
  });

  (sends.edits && sends.media ? it : it.skip)('changes the caption of a file', async () => {
    const url = `https://files.example/${fresh('file').replaceAll(/\W/g, '')}.png`;
    const id = await sentId(send(get, { ...media('image', url), caption: fresh('tpyo') }));
    const edit = { type: 'edit', text: fresh('typo'), caption: true } as const;
    expect(await send(get, edit, { refersTo: id })).toMatchObject({ class: 'sent' });
    expect(await get().lastReceived()).toMatchObject({ type: 'image', url });
  });
}
