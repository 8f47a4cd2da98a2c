import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { accepted, anAccount, aText, beginAttempt, outcome, tryOnce } from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';
import { letterOf } from './events.ts';

let db: TestStores;
let account: { id: string };
let telegram: { id: string };

beforeAll(async () => {
  db = await openTestStores();
  account = await anAccount(db.stores);
  telegram = await anAccount(db.stores, { channel: 'telegram' });
});
afterAll(() => db.close());

const statusOf = async (id: string) => {
  const view = await db.stores.messages.findStatus(id, '*');
  if (!view) throw new Error('no such message');
  return view;
};
const eventsOf = async (id: string) =>
  (
    await db.rows<{ type: string }>(
      'select type from webhook_deliveries where message_id = $1 order by arrival',
      id,
    )
  ).map(({ type }) => type);
const wakesOf = (id: string) =>
  db.value<number>(
    `select count(*)::int from outbox where kind = 'wake_message' and target = $1`,
    id,
  );
const headOf = (conversationId: string) =>
  db.value<string | null>(
    'select head_message_id from conversations where id = $1',
    conversationId,
  );
const { resend, confirm, cancel } = {
  resend: (id: string) => db.stores.messageActions.resend(id, '*'),
  confirm: (id: string) => db.stores.messageActions.confirm(id, '*'),
  cancel: (id: string) => db.stores.messageActions.cancel(id, '*'),
};

/** Its outcome is unknown and proof is awaited: it is still the head of its lane. */
async function anUnprovedMessage(text = 'hello') {
  const message = await accepted(db.stores, account.id, { text });
  await tryOnce(db.stores, message.messageId, outcome.failed('unknown'));
  return message;
}

/** On a channel that gives no evidence: resolved as `unconfirmed`. */
async function anUnconfirmedMessage(text = 'hello', recipientId: string = randomUUID()) {
  const message = await accepted(db.stores, telegram.id, { text, recipientId });
  await tryOnce(db.stores, message.messageId, outcome.failed('unknown'));
  return message;
}

describe('resending', () => {
  it('puts a failed message at the end of its lane in a new round', async () => {
    const recipientId = randomUUID();
    const { messageId, conversationId } = await accepted(db.stores, account.id, { recipientId });
    await tryOnce(db.stores, messageId, outcome.failed('refused'));
    const next = await accepted(db.stores, account.id, { recipientId });
    expect(await resend(messageId)).toEqual({ kind: 'done' });
    expect(await statusOf(messageId)).toMatchObject({
      status: 'pending',
      possibleDuplicate: false,
    });
    expect(await headOf(conversationId)).toBe(next.messageId);
    await tryOnce(db.stores, next.messageId, outcome.sent());
    await tryOnce(db.stores, messageId, outcome.sent(), 2);
    const { transitions } = await statusOf(messageId);
    expect(transitions.map(({ status, source }) => `${status} ${source}`)).toEqual([
      'pending api',
      'failed router',
      'requeued api',
      'sent router',
    ]);
  });

  it('marks an unconfirmed one, and its dead letter waits for the new round', async () => {
    const { messageId } = await anUnconfirmedMessage();
    const letterId = await letterOf(db, messageId);
    expect(await resend(messageId)).toEqual({ kind: 'done' });
    expect((await statusOf(messageId)).possibleDuplicate).toBe(true);
    expect((await db.stores.deadLetters.look(letterId))?.state).toBe('replaying');
    await tryOnce(db.stores, messageId, outcome.sent(), 2);
    expect((await db.stores.deadLetters.look(letterId))?.state).toBe('resolved');
  });

  it('ends the wait for proof of one that is still the head, in its place', async () => {
    const { messageId, conversationId } = await anUnprovedMessage();
    expect(await resend(messageId)).toEqual({ kind: 'done' });
    expect(await statusOf(messageId)).toMatchObject({ status: 'pending', possibleDuplicate: true });
    expect(await headOf(conversationId)).toBe(messageId);
    expect(await wakesOf(messageId)).toBe(1);
    await tryOnce(db.stores, messageId, outcome.sent());
    expect((await statusOf(messageId)).status).toBe('sent');
  });

  it('is refused while a call is under way', async () => {
    const { messageId } = await anUnprovedMessage();
    await resend(messageId);
    await beginAttempt(db.stores, messageId);
    expect(await resend(messageId)).toMatchObject({ kind: 'wrong_state', status: 'pending' });
  });

  it('repeats no part that is known to have arrived', async () => {
    const { messageId } = await accepted(db.stores, account.id, { text: 'one|two' });
    await tryOnce(db.stores, messageId, outcome.sent());
    await tryOnce(db.stores, messageId, outcome.failed('refused'));
    await resend(messageId);
    expect((await beginAttempt(db.stores, messageId, 2)).content).toEqual(aText('two'));
  });

  it('is refused for what is pending or has arrived', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    expect(await resend(messageId)).toMatchObject({ kind: 'wrong_state', status: 'pending' });
    await tryOnce(db.stores, messageId, outcome.sent());
    expect(await resend(messageId)).toMatchObject({ kind: 'wrong_state', status: 'sent' });
  });

  it('makes one new round, however many ask at once', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await tryOnce(db.stores, messageId, outcome.failed('refused'));
    const results = await Promise.all(Array.from({ length: 8 }, () => resend(messageId)));
    expect(results.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    expect(await db.value('select round from messages where id = $1', messageId)).toBe(2);
  });
});

describe('confirming', () => {
  it('makes an unconfirmed message sent, tells the CRM and closes its dead letter', async () => {
    const { messageId } = await anUnconfirmedMessage();
    expect(await confirm(messageId)).toEqual({ kind: 'done' });
    expect(await statusOf(messageId)).toMatchObject({
      status: 'sent',
      error: null,
      parts: [{ status: 'sent' }],
    });
    expect(await eventsOf(messageId)).toEqual(['message.unconfirmed', 'message.sent']);
    const letterId = await letterOf(db, messageId);
    expect((await db.stores.deadLetters.look(letterId))?.state).toBe('resolved');
  });

  it('lets the lane go on where proof was still awaited', async () => {
    const { messageId, conversationId } = await anUnprovedMessage();
    expect(await confirm(messageId)).toEqual({ kind: 'done' });
    expect((await statusOf(messageId)).status).toBe('sent');
    expect(await headOf(conversationId)).toBeNull();
    expect(await wakesOf(messageId)).toBe(1);
  });

  it('sends the parts behind the one in doubt', async () => {
    const open = await anUnprovedMessage('one|two');
    await confirm(open.messageId);
    expect((await beginAttempt(db.stores, open.messageId)).content).toEqual(aText('two'));
    const ended = await anUnconfirmedMessage('one|two');
    await confirm(ended.messageId);
    expect((await beginAttempt(db.stores, ended.messageId, 2)).content).toEqual(aText('two'));
  });

  it('is refused for what is not in doubt', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    expect(await confirm(messageId)).toMatchObject({ kind: 'wrong_state', status: 'pending' });
    await tryOnce(db.stores, messageId, outcome.failed('refused'));
    expect(await confirm(messageId)).toMatchObject({ kind: 'wrong_state', status: 'failed' });
  });
});

describe('cancelling', () => {
  it('ends a waiting message as failed, without a dead letter, and lets the lane go on', async () => {
    const recipientId = randomUUID();
    const first = await accepted(db.stores, account.id, { recipientId });
    const second = await accepted(db.stores, account.id, { recipientId });
    expect(await cancel(first.messageId)).toEqual({ kind: 'done' });
    expect(await statusOf(first.messageId)).toMatchObject({
      status: 'failed',
      error: { code: 'cancelled' },
    });
    expect(await eventsOf(first.messageId)).toEqual(['message.failed']);
    expect(await letterOf(db, first.messageId)).toBeUndefined();
    expect(await headOf(first.conversationId)).toBe(second.messageId);
  });

  it('takes a message out of the middle of its lane', async () => {
    const recipientId = randomUUID();
    const first = await accepted(db.stores, account.id, { recipientId });
    const second = await accepted(db.stores, account.id, { recipientId });
    await cancel(second.messageId);
    expect(await headOf(first.conversationId)).toBe(first.messageId);
    await tryOnce(db.stores, first.messageId, outcome.sent());
    expect(await headOf(first.conversationId)).toBeNull();
  });

  it('is refused while a call is under way, and after one whose outcome is unknown', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    const { attemptId } = await beginAttempt(db.stores, messageId);
    expect(await cancel(messageId)).toMatchObject({ kind: 'wrong_state', status: 'pending' });
    const result = outcome.failed('unknown');
    await db.stores.sends.record({ attemptId, outcome: result, durationMs: 1 });
    expect(await cancel(messageId)).toMatchObject({ kind: 'wrong_state', status: 'unconfirmed' });
    await resend(messageId);
    expect(await cancel(messageId)).toMatchObject({ kind: 'wrong_state', status: 'pending' });
  });

  it('and the beginning of a call never both succeed', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { messageId } = await accepted(db.stores, account.id);
      const [begun, cancelled] = await Promise.all([
        db.stores.sends.begin({ messageId, round: 1, attemptId: randomUUID(), leaseMs: 12_000 }),
        cancel(messageId),
      ]);
      expect([begun.do, cancelled.kind]).not.toEqual(['send', 'done']);
    }
  });
});

describe('every action', () => {
  it('is for messages that go out and that the key may see', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    for (const act of ['resend', 'confirm', 'cancel'] as const) {
      const ask = db.stores.messageActions[act];
      expect(await ask(messageId, [telegram.id])).toEqual({ kind: 'not_found' });
      expect(await ask(randomUUID(), '*')).toEqual({ kind: 'not_found' });
    }
    expect((await statusOf(messageId)).status).toBe('pending');
  });

  it('is refused for the messages of a deleted account', async () => {
    const own = await anAccount(db.stores);
    const { messageId } = await accepted(db.stores, own.id);
    await db.stores.accounts.remove(own.id, 'test');
    expect(await resend(messageId)).toMatchObject({ kind: 'wrong_state', status: 'failed' });
  });
});
