import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChannelEvent } from '../../src/channels/channel.ts';
import type { OutgoingContent } from '../../src/domain/outgoing-content.ts';
import { createStores, type Stores } from '../../src/database/stores.ts';
import {
  accepted,
  aChannel,
  aMessage,
  anAccount,
  anEcho,
  aText,
  aWebhook,
  beginAttempt,
  customerMessage,
  outcome,
  someChannels,
  tryOnce,
} from '../support/builders.ts';
import { eventsOf, openTestStores, testConfig, type TestStores } from '../support/database.ts';

const IMAGE = {
  type: 'image',
  url: 'https://shop.example/1.png',
  mediaId: null,
  caption: null,
  fileName: 'one.png',
  mimeType: 'image/png',
  sizeBytes: 7,
} as const satisfies OutgoingContent;

describe('content of any kind', () => {
  let db: TestStores;
  let stores: Stores;
  let account: { id: string; externalId: string };
  let customer: string;

  beforeAll(async () => {
    db = await openTestStores();
    // Shows no captions, sends documents as links, and takes no templates.
    const channel = aChannel({
      name: 'instagram',
      planSend(content) {
        if (content.type === 'template')
          return { refused: { pointer: '/content/type', code: 'no', detail: 'takes none' } };
        if (content.type === 'document')
          return { parts: [aText(content.url ?? '')], conversions: [] };
        if (content.type !== 'image' || content.caption === null)
          return { parts: [content], conversions: [] };
        return { parts: [{ ...content, caption: null }, aText(content.caption)], conversions: [] };
      },
    });
    stores = createStores(db.database, someChannels(channel), testConfig(db.url));
  });
  beforeEach(async () => {
    account = await anAccount(stores);
    customer = randomUUID();
  });
  afterAll(() => db.close());

  const receive = (...events: ChannelEvent[]) => stores.inbound.receive(aWebhook(events));
  const message = (given: { id?: string; text?: string; replyTo?: string } = {}) => ({
    ...customerMessage({ accountExternalId: account.externalId, customer, ...given }),
    replyTo: given.replyTo ?? null,
  });
  const send = (content: OutgoingContent, given: object = {}) =>
    accepted(stores, account.id, { recipientId: customer, content, ...given });
  const wrote = async (id: string = randomUUID()) => {
    const [made] = (await receive(message({ id }))).messages;
    return {
      messageId: made?.messageId ?? '',
      conversationId: made?.conversationId ?? '',
      mid: id,
    };
  };
  const sent = async (content: OutgoingContent, mid = randomUUID()) => {
    const { messageId, conversationId } = await send(content);
    await tryOnce(stores, messageId, outcome.sent(mid));
    return { messageId, conversationId, mid };
  };
  const shown = async (conversationId: string, messageId: string) => {
    const page = await stores.conversations.listMessages(conversationId, '*', { limit: 50 });
    return page?.items.find(({ id }) => id === messageId);
  };

  describe('that is a file', () => {
    it('is kept with all that was said of it, and its words as a part of their own', async () => {
      const { messageId, conversationId } = await send({ ...IMAGE, caption: 'look' });
      expect(await shown(conversationId, messageId)).toMatchObject({
        type: 'image',
        text: 'look',
        attachments: [
          {
            type: 'image',
            url: IMAGE.url,
            file_name: 'one.png',
            mime_type: 'image/png',
            size_bytes: 7,
          },
        ],
      });
      const status = await stores.messages.findStatus(messageId, '*');
      expect(status?.parts.map(({ part }) => part)).toEqual([1, 2]);
    });

    it('goes out in order, each part once, and is sent with the last one', async () => {
      const { messageId } = await send({ ...IMAGE, caption: 'look' });
      const first = await beginAttempt(stores, messageId);
      expect(first.content).toEqual(IMAGE);
      expect(first.callbackData).toBe(messageId);
      const one = { attemptId: first.attemptId, outcome: outcome.sent('mid-a'), durationMs: 1 };
      expect(await stores.sends.record(one)).toEqual({ do: 'next' });
      const second = await beginAttempt(stores, messageId);
      expect(second.content).toEqual(aText('look'));
      expect(second.callbackData).toBe(`${messageId}/2`);
      const two = { attemptId: second.attemptId, outcome: outcome.sent('mid-b'), durationMs: 1 };
      expect(await stores.sends.record(two)).toEqual({ do: 'done', status: 'sent' });
      const status = await stores.messages.findStatus(messageId, '*');
      expect(status).toMatchObject({ status: 'sent', platformMessageId: 'mid-a' });
      expect(status?.parts.map((part) => part.platformMessageId)).toEqual(['mid-a', 'mid-b']);
    });

    const echoWith = (attachments: { type: 'image' }[], text: string | null) => {
      const echo = anEcho({ accountExternalId: account.externalId, customer });
      const type = attachments.length > 0 ? ('image' as const) : ('text' as const);
      return { ...echo, content: { type, text, attachments } };
    };

    it.each(['after', 'before'] as const)(
      'is proved by its echo that comes %s the lost answer',
      async (when) => {
        const { messageId } = await send(IMAGE);
        const { attemptId } = await beginAttempt(stores, messageId);
        const lost = { attemptId, outcome: outcome.failed('unknown'), durationMs: 1 };
        const echo = echoWith([{ type: 'image' }], null);
        if (when === 'before') await receive(echo);
        await stores.sends.record(lost);
        if (when === 'after') await receive(echo);
        expect(await stores.messages.findStatus(messageId, '*')).toMatchObject({
          status: 'sent',
          platformMessageId: echo.platformMessageId,
        });
      },
    );

    it('is not proved by the echo of something without a file', async () => {
      const { messageId } = await send(IMAGE);
      await tryOnce(stores, messageId, outcome.failed('unknown'));
      await receive(echoWith([], null));
      expect((await stores.messages.findStatus(messageId, '*'))?.status).toBe('unconfirmed');
    });
  });

  describe('that answers a message', () => {
    it("carries the platform's id of a customer's message with its first part only", async () => {
      const { messageId: target, mid, conversationId } = await wrote();
      const { messageId } = await send({ ...IMAGE, caption: 'this' }, { refersToId: target });
      const first = await beginAttempt(stores, messageId);
      expect(first.refersTo).toBe(mid);
      await stores.sends.record({
        attemptId: first.attemptId,
        outcome: outcome.sent(),
        durationMs: 1,
      });
      expect((await beginAttempt(stores, messageId)).refersTo).toBeNull();
      expect((await shown(conversationId, messageId))?.replyTo).toBe(target);
    });

    it('carries the last id of a message of ours that went out in parts', async () => {
      const { messageId: target } = await send({ ...IMAGE, caption: 'look' });
      await tryOnce(stores, target, outcome.sent('mid-file'));
      await tryOnce(stores, target, outcome.sent('mid-words'));
      const { messageId } = await send(aText('again'), { refersToId: target });
      expect((await beginAttempt(stores, messageId)).refersTo).toBe('mid-words');
    });

    it('goes out without a quote when what it answers never did', async () => {
      const { messageId: target } = await send(aText('first'));
      await tryOnce(stores, target, outcome.failed('refused'));
      const { messageId } = await send(aText('second'), { refersToId: target });
      expect((await beginAttempt(stores, messageId)).refersTo).toBeNull();
    });

    it('and was written by the customer names our message, for the CRM as in the history', async () => {
      const { messageId: ours, mid, conversationId } = await sent(aText('which one?'));
      const [made] = (await receive(message({ text: 'this one', replyTo: mid }))).messages;
      expect((await shown(conversationId, made?.messageId ?? ''))?.replyTo).toBe(ours);
      const events = await eventsOf(db, conversationId);
      expect(events.findLast(({ type }) => type === 'message.received')?.data).toMatchObject({
        text: 'this one',
        reply_to: ours,
      });
    });

    it('of which we know nothing says null', async () => {
      const [made] = (await receive(message({ replyTo: 'no such message' }))).messages;
      const { conversationId = '', messageId = '' } = made ?? {};
      expect((await shown(conversationId, messageId))?.replyTo).toBeNull();
      expect((await eventsOf(db, conversationId))[0]?.data['reply_to']).toBeNull();
    });
  });

  describe('that acts upon a message', () => {
    const reaction = (emoji: string | null): OutgoingContent => ({ type: 'reaction', emoji });

    it('shows at the message once the platform has it, not before', async () => {
      const target = await wrote();
      const { messageId } = await send(reaction('👍🏽'), { refersToId: target.messageId });
      const reactions = async () =>
        (await shown(target.conversationId, target.messageId))?.reactions;
      const attempt = await beginAttempt(stores, messageId);
      expect(attempt).toMatchObject({ refersTo: target.mid, content: { emoji: '👍🏽' } });
      expect(await reactions()).toEqual([]);
      const done = { class: 'sent', platformMessageId: null } as const;
      await stores.sends.record({ attemptId: attempt.attemptId, outcome: done, durationMs: 1 });
      expect(await reactions()).toEqual([{ emoji: '👍🏽', from: 'out', senderId: null }]);
      expect(await stores.messages.findStatus(messageId, '*')).toMatchObject({
        status: 'sent',
        platformMessageId: null,
      });
    });

    it("replaces our reaction and leaves the customer's", async () => {
      const target = await sent(aText('hello'));
      const react = async (emoji: string | null) =>
        tryOnce(stores, (await send(reaction(emoji), { refersToId: target.messageId })).messageId, {
          class: 'sent',
          platformMessageId: null,
        });
      await receive({
        kind: 'reaction',
        accountExternalId: account.externalId,
        key: randomUUID(),
        at: null,
        customer: { externalId: customer },
        platformMessageId: target.mid,
        by: 'customer',
        action: 'react',
        emoji: '😮',
      });
      const reactions = async () =>
        (await shown(target.conversationId, target.messageId))?.reactions;
      await react('👍');
      await react('❤️');
      expect(await reactions()).toEqual([
        { emoji: '😮', from: 'in', senderId: customer },
        { emoji: '❤️', from: 'out', senderId: null },
      ]);
      await react(null);
      expect(await reactions()).toEqual([{ emoji: '😮', from: 'in', senderId: customer }]);
    });

    it('changes the text of the message that it edits', async () => {
      const target = await sent(aText('helo'));
      const { messageId } = await send(
        { type: 'edit', text: 'hello' },
        { refersToId: target.messageId },
      );
      expect((await beginAttempt(stores, messageId)).refersTo).toBe(target.mid);
      expect((await shown(target.conversationId, target.messageId))?.text).toBe('helo');
      const [{ id } = { id: '' }] = await db.rows<{ id: string }>(
        'select id from send_attempts where message_id = $1',
        messageId,
      );
      const done = { class: 'sent', platformMessageId: null } as const;
      await stores.sends.record({ attemptId: id, outcome: done, durationMs: 1 });
      expect(await shown(target.conversationId, target.messageId)).toMatchObject({
        text: 'hello',
        editedAt: expect.any(Date),
      });
    });

    it('changes the caption where that one went out as a file', async () => {
      const content = async (refersToId: string) => {
        const { messageId } = await send({ type: 'edit', text: 'look' }, { refersToId });
        const attempt = await beginAttempt(stores, messageId);
        const done = { class: 'sent', platformMessageId: null } as const;
        await stores.sends.record({ attemptId: attempt.attemptId, outcome: done, durationMs: 1 });
        return attempt.content;
      };
      const file = await sent(IMAGE);
      expect(await content(file.messageId)).toEqual({ type: 'edit', text: 'look', caption: true });
      expect(await stores.outlooks.sentAs(account.id, file.messageId)).toBe('image');
      expect(await stores.outlooks.sentAs('acc_of_another', file.messageId)).toBeNull();
      expect((await shown(file.conversationId, file.messageId))?.text).toBe('look');
      const text = await sent(aText('lok'));
      expect(await content(text.messageId)).toEqual({ type: 'edit', text: 'look' });
    });

    it('changes the text where a file went out as a link', async () => {
      const document = { ...IMAGE, type: 'document', caption: null } as const;
      const { messageId: refersToId } = await sent(document);
      const { messageId } = await send({ type: 'edit', text: 'look' }, { refersToId });
      const { content } = await beginAttempt(stores, messageId);
      expect(content).toEqual({ type: 'edit', text: 'look' });
    });

    it('changes nothing when the platform refuses it', async () => {
      const target = await sent(aText('helo'));
      const edit = { refersToId: target.messageId };
      const { messageId } = await send({ type: 'edit', text: 'hello' }, edit);
      await tryOnce(stores, messageId, outcome.failed('refused'));
      expect(await shown(target.conversationId, target.messageId)).toMatchObject({
        text: 'helo',
        editedAt: null,
      });
    });

    it('has nothing to name when that never went out', async () => {
      const { messageId: target } = await send(aText('first'));
      const { messageId } = await send(reaction('👍'), { refersToId: target });
      await tryOnce(stores, target, outcome.failed('refused'));
      expect((await beginAttempt(stores, messageId)).refersTo).toBeNull();
    });

    it('is not proved by the echo of a text of the same emoji', async () => {
      const target = await wrote();
      const { messageId } = await send(reaction('👍'), { refersToId: target.messageId });
      await tryOnce(stores, messageId, outcome.failed('unknown'));
      await receive(anEcho({ accountExternalId: account.externalId, customer, text: '👍' }));
      expect((await stores.messages.findStatus(messageId, '*'))?.status).toBe('unconfirmed');
    });
  });

  describe('that came from the customer', () => {
    it('keeps what the pressed button stands for, for the CRM as in the history', async () => {
      const event = message();
      const content = { type: 'postback' as const, text: 'Yes', attachments: [], payload: 'YES-1' };
      const [made] = (await receive({ ...event, content })).messages;
      const { conversationId = '', messageId = '' } = made ?? {};
      expect(await shown(conversationId, messageId)).toMatchObject({
        text: 'Yes',
        payload: 'YES-1',
      });
      expect((await eventsOf(db, conversationId))[0]?.data).toMatchObject({
        message_type: 'postback',
        payload: 'YES-1',
        group: null,
      });
    });

    it('leaves nothing in the history when it is deleted', async () => {
      const event = message();
      const content = { type: 'postback' as const, text: 'Yes', attachments: [], payload: 'YES-1' };
      const [made] = (await receive({ ...event, content })).messages;
      await receive({
        ...event,
        kind: 'deleted',
        by: 'customer',
        key: randomUUID(),
        platformMessageId: event.platformMessageId,
      });
      expect(await shown(made?.conversationId ?? '', made?.messageId ?? '')).toMatchObject({
        text: null,
        payload: null,
        attachments: [],
      });
    });

    it('is the newest to be read, or nothing is', async () => {
      const { conversationId } = await send(aText('hello'));
      const newest = () => stores.received.findNewestReceived(conversationId, [account.id]);
      expect(await newest()).toMatchObject({ recipientId: customer, message: null });
      await wrote('mid-1');
      const { messageId } = await wrote('mid-2');
      await send(aText('thanks'));
      expect((await newest())?.message).toEqual({ id: messageId, platformMessageId: 'mid-2' });
      const foreign = await anAccount(stores);
      const asked = stores.received.findNewestReceived(conversationId, [foreign.id]);
      expect(await asked).toBeNull();
    });

    it('has files, which only those who may see the account get', async () => {
      const event = message();
      const files = [{ type: 'image' as const, media_id: 'media-1' }];
      const [made] = (
        await receive({ ...event, content: { type: 'image', text: null, attachments: files } })
      ).messages;
      const get = (index: number, scope: '*' | string[]) =>
        stores.received.findAttachment(made?.messageId ?? '', index, scope);
      expect(await get(0, [account.id])).toEqual({
        accountId: account.id,
        channel: 'instagram',
        attachment: files[0],
      });
      expect((await get(1, '*'))?.attachment).toBeUndefined();
      expect(await get(0, ['acc_other'])).toBeNull();
    });
  });

  describe('that is refused leaves no trace:', () => {
    const traces = () =>
      db.rows(
        `select c.id, c.lane_seq, c.last_activity_at from conversations c
          where c.account_id = $1 order by c.id`,
        account.id,
      );
    async function refused(given: Parameters<typeof aMessage>[1]) {
      const before = await traces();
      const result = await stores.messages.accept(
        aMessage(account.id, { recipientId: customer, ...given }),
      );
      expect(await traces()).toEqual(before);
      return result;
    }

    it('an unknown message to answer, also at the first contact', async () => {
      expect(await refused({ refersToId: randomUUID() })).toEqual({ kind: 'target_missing' });
      await wrote();
      expect(await refused({ refersToId: randomUUID() })).toEqual({ kind: 'target_missing' });
    });

    it('a message of another conversation, or of another account', async () => {
      const elsewhere = await accepted(stores, account.id);
      const foreign = await accepted(stores, (await anAccount(stores)).id);
      for (const { messageId: refersToId } of [elsewhere, foreign])
        expect(await refused({ refersToId })).toEqual({ kind: 'target_missing' });
    });

    it("an edit of the customer's own message", async () => {
      const { messageId: refersToId } = await wrote();
      const content: OutgoingContent = { type: 'edit', text: 'better' };
      expect(await refused({ refersToId, content })).toEqual({ kind: 'target_missing' });
    });

    it('an edit of what went out in several parts', async () => {
      const { messageId: refersToId } = await send({ ...IMAGE, caption: 'look' });
      const content: OutgoingContent = { type: 'edit', text: 'better' };
      expect(await refused({ refersToId, content })).toMatchObject({
        kind: 'content_refused',
        pointer: '/content/message_id',
        code: 'target_in_parts',
      });
    });

    it('a channel that the account is not on', async () => {
      expect(await refused({ channel: 'telegram' })).toEqual({
        kind: 'channel_mismatch',
        channel: 'instagram',
      });
      expect((await send(aText('hi'), { channel: 'instagram' })).messageId).toBeDefined();
    });

    it('content that the channel never takes', async () => {
      const content: OutgoingContent = {
        type: 'template',
        name: 'n',
        language: 'en',
        components: [],
      };
      expect(await refused({ content })).toEqual({
        kind: 'content_refused',
        pointer: '/content/type',
        code: 'no',
        detail: 'takes none',
      });
    });

    it('an account that is disabled, also at the first contact', async () => {
      await stores.accounts.update(account.id, { enabled: false }, 'test');
      expect(await refused({})).toEqual({ kind: 'account_disabled' });
    });

    it('a conversation that is unknown, foreign, or of a deleted account', async () => {
      const { conversationId } = await send(aText('hi'));
      const to = (id: string) => ({ to: { conversationId: id } });
      const gone = { kind: 'conversation_missing' };
      expect(await refused(to('conv_unknown'))).toEqual(gone);
      const foreign = { ...to(conversationId), visibleAccounts: ['acc_other'] };
      expect(await refused(foreign)).toEqual(gone);
      expect(await refused({ ...foreign, messageId: randomUUID() })).toEqual(gone);
      await stores.accounts.remove(account.id, 'test');
      expect(await refused(to(conversationId))).toEqual(gone);
    });
  });

  describe('that is sent on in a conversation', () => {
    it('has the same lane as what is sent to the customer', async () => {
      const one = await send(aText('one'));
      const two = await accepted(stores, account.id, {
        to: { conversationId: one.conversationId },
        visibleAccounts: [account.id],
      });
      expect(two.conversationId).toBe(one.conversationId);
      const seqs = await db.rows(
        'select lane_seq from messages where conversation_id = $1 order by lane_seq',
        one.conversationId,
      );
      expect(seqs).toEqual([{ lane_seq: '1' }, { lane_seq: '2' }]);
    });

    it('keeps who sent it', async () => {
      const { conversationId, messageId } = await send(aText('hi'), { agentId: 'agent-17' });
      expect((await shown(conversationId, messageId))?.senderId).toBe('agent-17');
    });

    it('is one message for 50 equal requests at once', async () => {
      const { conversationId } = await send(aText('first'));
      const request = {
        ...aMessage(account.id, { content: { ...IMAGE, caption: 'look' } }),
        to: { conversationId },
        idempotencyKey: randomUUID(),
        agentId: 'agent-1',
      };
      const results = await Promise.all(
        Array.from({ length: 50 }, () => stores.messages.accept(request)),
      );
      expect(results.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
      expect(results.filter(({ kind }) => kind === 'replayed')).toHaveLength(49);
      const count = 'select count(*)::int from messages where conversation_id = $1';
      expect(await db.value(count, conversationId)).toBe(2);
      const parts = `select count(*)::int from message_parts p join messages m on m.id = p.message_id
                      where m.conversation_id = $1 and m.type = 'image'`;
      expect(await db.value(parts, conversationId)).toBe(2);
    });

    it('is the same request whichever operation took the plain text, and another with more in it', async () => {
      const plain = aMessage(account.id, { idempotencyKey: randomUUID(), text: 'hi' });
      await stores.messages.accept(plain);
      const kindOf = async (change: object) =>
        (await stores.messages.accept({ ...plain, ...change })).kind;
      const undefinedMembers = { refersToId: undefined, agentId: undefined, channel: undefined };
      expect(await kindOf(undefinedMembers)).toBe('replayed');
      expect(await kindOf({ agentId: 'agent-1' })).toBe('conflict');
      expect(await kindOf({ channel: 'instagram' })).toBe('replayed');
      expect(await kindOf({ content: { type: 'edit', text: 'hi' } })).toBe('conflict');
    });

    it('is refused with the key of a message that went elsewhere', async () => {
      const key = { idempotencyKey: randomUUID() };
      const { conversationId } = await send(aText('hi'), key);
      const there = { ...aMessage(account.id, key), to: { conversationId } };
      expect((await stores.messages.accept(there)).kind).toBe('conflict');
    });
  });
});
