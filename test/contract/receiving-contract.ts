import { expect, it } from '@jest/globals';
import { fresh, type Get, send, sentId, TEXTS } from './contract-steps.ts';
import type { Features } from './platform-under-test.ts';

/** Webhooks are verified, read unchanged, and have one key per event. */
export function describeReceiving(get: Get, features: Features): void {
  it.each(TEXTS)('reads %j unchanged', async (base) => {
    const { account, customer, inbox } = get();
    const text = fresh(base);
    const before = Date.now();
    const id = await get().write(text);
    const event = await inbox.event('message', (message) => message.platformMessageId === id);
    expect(event).toMatchObject({
      accountExternalId: features.namesAccount ? account.externalId : null,
      content: { type: 'text', text, attachments: [] },
      replyTo: null,
    });
    expect(event.customer.externalId).toBe(customer.id);
    expect(event.at).toBeGreaterThanOrEqual(before - 1000);
    expect(event.at).toBeLessThanOrEqual(Date.now() + 1000);
  });

  it('reads messages in the order in which they were written', async () => {
    const { channel, inbox } = get();
    const texts = ['first', 'second', 'third'].map(fresh);
    await get().writeTogether(texts);
    const read: (string | null)[] = [];
    while (read.length < texts.length)
      for (const event of channel.receive(await inbox.next()))
        if (event.kind === 'message' && texts.includes(event.content.text ?? ''))
          read.push(event.content.text);
    expect(read).toEqual(texts);
  });

  const withFiles = features.files === 'none' ? it.skip : it;
  withFiles.each(['image', 'video', 'audio', 'document'] as const)('reads %s', async (type) => {
    const { channel, account, inbox } = get();
    const file = await get().attach(type);
    const event = await inbox.event('message', (one) => one.platformMessageId === file.id);
    expect(event.content).toMatchObject({ type, attachments: [{ type }] });
    const [attachment] = event.content.attachments;
    if (features.files === 'url') return expect(attachment?.url).toBe(file.url);
    const opened = await channel.fetchMedia?.(account, attachment?.media_id ?? '');
    expect(Buffer.concat((await opened?.body.toArray()) ?? [])).toEqual(file.bytes);
  });

  it('gives an event that comes twice the same key', async () => {
    const { inbox } = get();
    await get().deliverNext('twice');
    const id = await get().write(fresh('twice'));
    const first = await inbox.event('message', (message) => message.platformMessageId === id);
    const second = await inbox.event('message', (message) => message.platformMessageId === id);
    expect(second.key).toBe(first.key);
  });

  it('refuses a webhook that another secret signed, or whose bytes were changed', async () => {
    const { channel, inbox } = get();
    // Echoes of earlier sends may still be waiting in the inbox.
    const marker = await get().write(fresh('marker'));
    await inbox.event('message', (message) => message.platformMessageId === marker);
    await get().deliverNext('badly-signed');
    await get().write(fresh('forged'));
    expect(channel.verify(await inbox.next())).toBe(false);
    await get().write(fresh('real'));
    const webhook = await inbox.next();
    expect(channel.verify(webhook)).toBe(true);
    const changed = Buffer.concat([webhook.body, Buffer.from(' ')]);
    if (features.signedBytes) expect(channel.verify({ ...webhook, body: changed })).toBe(false);
    expect(channel.verify({ ...webhook, headers: {} })).toBe(false);
  });

  it('reads past what it does not know and what is damaged', async () => {
    const text = fresh('after all that');
    await get().sendOddEvents(text);
    const event = await get().inbox.event('message', (message) => message.content.text === text);
    expect(event.content.text).toBe(text);
    if (features.carriesMore)
      expect(event.content.details?.platform_data?.content).toMatchObject({
        novelty: { words: text },
      });
  });

  it('throws for no bytes at all', () => {
    const { channel, account } = get();
    for (const text of ['', 'null', '[]', '{', '{"entry":[null]}', '{"update_id":{}}']) {
      const webhook = { headers: {}, body: Buffer.from(text), account };
      expect(Array.isArray(channel.receive(webhook))).toBe(true);
      expect(() => channel.answerWebhook?.(webhook)).not.toThrow();
      expect(channel.verify(webhook)).toBe(false);
    }
  });
}

/** What customers do besides writing, and what the owner does elsewhere. */
export function describeOtherEvents(get: Get, features: Features): void {
  const onlyIf = (has: boolean) => (has ? it : it.skip);

  onlyIf(features.sendEchoes)('a sent message comes back as an echo with its id', async () => {
    const { inbox, customer } = get();
    const text = fresh('echo me');
    const outcome = await send(get, text);
    const echo = await inbox.event('echo', (event) => event.content.text === text);
    expect(outcome).toMatchObject({ platformMessageId: echo.platformMessageId });
    expect(echo.customer.externalId).toBe(customer.id);
  });

  it('says whether what it sends comes back', () => {
    expect(get().channel.echoesApiSends).toBe(features.sendEchoes);
  });

  onlyIf(features.ownerEchoes)(
    'what the owner types elsewhere is an echo, not a customer',
    async () => {
      const text = fresh('typed on my phone');
      await get().writeAsOwner(text);
      const echo = await get().inbox.event('echo', (event) => event.content.text === text);
      expect(echo.customer.externalId).toBe(get().customer.id);
    },
  );

  onlyIf(features.edits)('an edit has the message’s id and the new text', async () => {
    const id = await get().write(fresh('tpyo'));
    const text = fresh('typo');
    await get().edit(id, text);
    const event = await get().inbox.event('edited', (edited) => edited.content.text === text);
    expect(event).toMatchObject({
      platformMessageId: id,
      by: 'customer',
      content: { type: 'text' },
    });
  });

  onlyIf(features.deletes)('a deletion has the message’s id', async () => {
    const id = await get().write(fresh('gone soon'));
    await get().delete(id);
    const event = await get().inbox.event('deleted');
    expect(event).toMatchObject({
      platformMessageId: id,
      by: 'customer',
      customer: { externalId: get().customer.id },
    });
  });

  onlyIf(features.reactions)('a reaction and its removal have keys of their own', async () => {
    const { inbox } = get();
    const id = await get().write(fresh('like it?'));
    await get().react(id, '❤️');
    const react = await inbox.event('reaction');
    expect(react).toMatchObject({ platformMessageId: id, by: 'customer', emoji: '❤️' });
    expect(react.action).toBe('react');
    await get().react(id, null);
    const unreact = await inbox.event('reaction');
    expect(unreact).toMatchObject({ platformMessageId: id, action: 'unreact', emoji: null });
    expect(unreact.key).not.toBe(react.key);
  });

  onlyIf(features.reads)('a message that is seen is read', async () => {
    const id = await sentId(send(get, fresh('look')));
    await get().see(id);
    // Earlier messages may be read by the same look.
    const event = await get().inbox.event(
      'status',
      (one) => one.status === 'read' && one.platformMessageId === id,
    );
    expect(event.error).toBeNull();
  });

  onlyIf(features.callbackData)('a status hands back the callback data of the send', async () => {
    const callbackData = fresh('msg');
    const id = await sentId(send(get, fresh('told'), { callbackData }));
    const event = await get().inbox.event('status', (one) => one.callbackData === callbackData);
    expect(event).toMatchObject({ platformMessageId: id, error: null });
    expect(event.customer?.externalId).toBe(get().customer.id);
  });
}
