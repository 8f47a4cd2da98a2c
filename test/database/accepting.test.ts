import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accepted, aMessage, anAccount, aText } from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';

describe('accepting a message', () => {
  let db: TestStores;
  let account: { id: string };
  let other: { id: string };

  beforeAll(async () => {
    db = await openTestStores();
    account = await anAccount(db.stores);
    other = await anAccount(db.stores);
  });
  afterAll(() => db.close());

  const countMessages = () => db.value<number>('select count(*)::int from messages');

  it('keeps the message, its first transition and its parts', async () => {
    const { messageId, conversationId } = await accepted(db.stores, account.id, {
      text: 'one|two|three',
      traceId: 'trace-9',
    });
    const status = await db.stores.messages.findStatus(messageId, [account.id]);
    expect(status).toMatchObject({
      messageId,
      accountId: account.id,
      conversationId,
      channel: 'instagram',
      status: 'pending',
      retryCount: 0,
      possibleDuplicate: false,
      platformMessageId: null,
      error: null,
      errors: [],
    });
    expect(status?.transitions).toEqual([
      expect.objectContaining({ status: 'pending', source: 'api', at: expect.any(Date) }),
    ]);
    expect(status?.parts.map(({ part, status: each }) => [part, each])).toEqual([
      [1, 'pending'],
      [2, 'pending'],
      [3, 'pending'],
    ]);
    expect(
      await db.rows('select part, text from message_parts where message_id = $1', messageId),
    ).toEqual([
      { part: 1, text: 'one|' },
      { part: 2, text: 'two|' },
      { part: 3, text: 'three' },
    ]);
    expect(
      await db.rows('select kind, round, trace_id from outbox where target = $1', messageId),
    ).toEqual([{ kind: 'send_message', round: 1, trace_id: 'trace-9' }]);
  });

  it('shows a message only to those who may see its account', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    expect(await db.stores.messages.findStatus(messageId, '*')).not.toBeNull();
    expect(await db.stores.messages.findStatus(messageId, [other.id])).toBeNull();
    expect(await db.stores.messages.findStatus(randomUUID(), '*')).toBeNull();
  });

  it('has one conversation per account and customer', async () => {
    const recipientId = randomUUID();
    const one = await accepted(db.stores, account.id, { recipientId });
    const two = await accepted(db.stores, account.id, { recipientId });
    const elsewhere = await accepted(db.stores, other.id, { recipientId });
    expect(two.conversationId).toBe(one.conversationId);
    expect(elsewhere.conversationId).not.toBe(one.conversationId);
  });

  it('keeps one of 50 equal requests that come at once, and answers all alike', async () => {
    const message = aMessage(account.id, { idempotencyKey: randomUUID() });
    const before = await countMessages();
    const results = await Promise.all(
      Array.from({ length: 50 }, () => db.stores.messages.accept(message)),
    );
    expect(await countMessages()).toBe(before + 1);
    expect(results.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'replayed')).toHaveLength(49);
    const answers = new Set(results.map((each) => JSON.stringify({ ...each, kind: null })));
    expect(answers.size).toBe(1);
  });

  it('keeps one of 20 different requests with the same key that come at once', async () => {
    const idempotencyKey = randomUUID();
    const before = await countMessages();
    const results = await Promise.all(
      Array.from({ length: 20 }, () =>
        db.stores.messages.accept(aMessage(account.id, { idempotencyKey })),
      ),
    );
    expect(results.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'conflict')).toHaveLength(19);
    expect(await countMessages()).toBe(before + 1);
    // The losers had made a conversation before they lost.
    const conversations = await db.value<number>(
      `select count(*)::int from conversations c
        where not exists (select from messages m where m.conversation_id = c.id)`,
    );
    expect(conversations).toBe(0);
  });

  it.each([
    ['text', { text: 'another' }],
    ['recipient', { recipientId: 'another' }],
    ['kind of content', { content: { type: 'reaction', emoji: null } as const }],
    ['agent', { agentId: 'another' }],
  ])(
    'refuses a key that was used with another %s, and names the message',
    async (_member, change) => {
      const same = { idempotencyKey: randomUUID(), recipientId: 'customer-same' };
      const { messageId } = await accepted(db.stores, account.id, same);
      const changed = aMessage(account.id, { ...same, ...change });
      expect(await db.stores.messages.accept(changed)).toEqual({
        kind: 'conflict',
        messageId,
      });
    },
  );

  it('lets two accounts use the same key', async () => {
    const idempotencyKey = randomUUID();
    const one = await accepted(db.stores, account.id, { idempotencyKey });
    const two = await accepted(db.stores, other.id, { idempotencyKey });
    expect(two.messageId).not.toBe(one.messageId);
  });

  it("takes the client's own id, once", async () => {
    const messageId = randomUUID();
    const message = aMessage(account.id, { messageId });
    expect((await accepted(db.stores, account.id, message)).messageId).toBe(messageId);
    expect(await db.stores.messages.accept(message)).toMatchObject({
      kind: 'replayed',
      message: { messageId },
    });
    expect(await db.stores.messages.accept({ ...message, content: aText('another') })).toEqual({
      kind: 'conflict',
      messageId,
    });
  });

  it('takes an id and a key that belong to two messages for a conflict', async () => {
    const one = await accepted(db.stores, account.id, { messageId: randomUUID() });
    const idempotencyKey = randomUUID();
    await accepted(db.stores, account.id, { idempotencyKey });
    const both = aMessage(account.id, { messageId: one.messageId, idempotencyKey });
    expect((await db.stores.messages.accept(both)).kind).toBe('conflict');
  });

  it('says of an id of a foreign account only that it is taken', async () => {
    const { messageId } = await accepted(db.stores, other.id, { messageId: randomUUID() });
    const message = aMessage(account.id, { messageId });
    const answer = (scope: '*' | string[]) =>
      db.stores.messages.accept({ ...message, visibleAccounts: scope });
    expect(await answer([account.id])).toEqual({ kind: 'id_taken' });
    expect(await answer([account.id, other.id])).toEqual({ kind: 'conflict', messageId });
    expect(await answer('*')).toEqual({ kind: 'conflict', messageId });
  });

  it('refuses an account that is unknown, disabled or deleted, and stores nothing', async () => {
    const before = await countMessages();
    const disabled = await anAccount(db.stores);
    await db.stores.accounts.update(disabled.id, { enabled: false }, 'test');
    const deleted = await anAccount(db.stores);
    await db.stores.accounts.remove(deleted.id, 'test');
    const kindFor = async (id: string) => (await db.stores.messages.accept(aMessage(id))).kind;
    expect(await kindFor('acc_unknown')).toBe('account_missing');
    expect(await kindFor(disabled.id)).toBe('account_disabled');
    expect(await kindFor(deleted.id)).toBe('account_missing');
    expect(await countMessages()).toBe(before);
  });
});
