import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  accepted,
  anAccount,
  aStatus,
  aWebhook,
  anEcho,
  beginAttempt,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { endWait, eventsOf, openTestStores, type TestStores } from '../support/database.ts';

describe('a send of which nobody knows what became', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let customer: string;

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores);
    customer = randomUUID();
  });
  afterAll(() => db.close());

  const begin = (messageId: string) =>
    db.stores.sends.begin({ messageId, round: 1, attemptId: randomUUID(), leaseMs: 12_000 });
  const message = (given = {}) =>
    accepted(db.stores, account.id, { recipientId: customer, ...given });
  const statusOf = (messageId: string) => db.stores.messages.findStatus(messageId, '*');
  const typesOf = async (laneId: string) => (await eventsOf(db, laneId)).map(({ type }) => type);
  const loseAnswer = (messageId: string) =>
    tryOnce(db.stores, messageId, outcome.failed('unknown'));
  const receive = (event: ReturnType<typeof anEcho> | ReturnType<typeof aStatus>) =>
    db.stores.inbound.receive(aWebhook([event]));
  const echo = (
    given: { id?: string; text?: string; at?: number | null; customer?: string } = {},
  ) => anEcho({ accountExternalId: account.externalId, customer, at: Date.now() + 1, ...given });

  it('is unconfirmed, and holds its lane while evidence may come', async () => {
    const { messageId, conversationId } = await message();
    const next = await message();
    expect(await loseAnswer(messageId)).toEqual({
      do: 'wait',
      delayMs: 60_000,
      reason: 'awaiting_evidence',
    });
    expect(await statusOf(messageId)).toMatchObject({
      status: 'unconfirmed',
      transitions: [{ status: 'pending' }, { status: 'unconfirmed', errorClass: 'unknown' }],
    });
    expect(await begin(messageId)).toMatchObject({ do: 'wait', reason: 'awaiting_evidence' });
    expect((await begin(next.messageId)).do).toBe('end');
    expect(await typesOf(conversationId)).toEqual([]);
  });

  it('is sent when its echo comes, and the next message goes', async () => {
    const { messageId, conversationId } = await message();
    const next = await message();
    await loseAnswer(messageId);
    await receive(echo({ id: 'mid-echo' }));
    expect(await statusOf(messageId)).toMatchObject({
      status: 'sent',
      platformMessageId: 'mid-echo',
      possibleDuplicate: false,
    });
    expect(await typesOf(conversationId)).toEqual(['message.sent']);
    expect((await begin(messageId)).do).toBe('end');
    expect((await begin(next.messageId)).do).toBe('send');
    const woken = `select count(*)::int from outbox where kind = 'wake_message' and target = $1`;
    expect(await db.value(woken, messageId)).toBe(1);
  });

  it('is sent when its echo had come before the outcome was recorded', async () => {
    const { messageId } = await message();
    const { attemptId } = await beginAttempt(db.stores, messageId);
    await receive(echo({ id: 'mid-early' }));
    expect((await statusOf(messageId))?.status).toBe('pending');
    await receive(
      aStatus({ accountExternalId: account.externalId, customer, id: 'mid-early', status: 'read' }),
    );
    expect(
      await db.stores.sends.record({
        attemptId,
        outcome: outcome.failed('unknown'),
        durationMs: 1,
      }),
    ).toEqual({ do: 'wait', delayMs: 0, reason: 'proved' });
    expect(await statusOf(messageId)).toMatchObject({
      status: 'read',
      platformMessageId: 'mid-early',
    });
  });

  it.each(['another text', 'another customer', 'a time before the attempt'])(
    'is not proved by an echo with %s',
    async (difference) => {
      const { messageId } = await message();
      const given = {
        'another text': { text: 'something else' },
        'another customer': { customer: randomUUID() },
        'a time before the attempt': { at: Date.now() - 60_000 },
      }[difference];
      await receive(echo(given));
      await loseAnswer(messageId);
      await receive(echo(given));
      expect((await statusOf(messageId))?.status).toBe('unconfirmed');
    },
  );

  it('takes one echo for one send only', async () => {
    const first = await message();
    await loseAnswer(first.messageId);
    await endWait(db, first.messageId, 'evidence_until');
    await begin(first.messageId);
    const second = await message();
    await loseAnswer(second.messageId);
    await receive(echo({ id: 'mid-one' }));
    const statuses = [await statusOf(first.messageId), await statusOf(second.messageId)];
    expect(statuses.map((each) => each?.status)).toEqual(['sent', 'unconfirmed']);
  });

  it.each(['sent', 'delivered', 'read'] as const)(
    'is proved by a status %s that hands back what we sent along',
    async (status) => {
      const { messageId } = await message();
      await loseAnswer(messageId);
      await receive(
        aStatus({
          accountExternalId: account.externalId,
          customer,
          id: 'wamid-1',
          status,
          callbackData: messageId,
        }),
      );
      expect(await statusOf(messageId)).toMatchObject({ status, platformMessageId: 'wamid-1' });
    },
  );

  it('is failed when the platform says that the newest attempt failed', async () => {
    const { messageId, conversationId } = await message();
    await loseAnswer(messageId);
    await receive(
      aStatus({
        accountExternalId: account.externalId,
        customer,
        id: 'wamid-2',
        status: 'failed',
        callbackData: messageId,
      }),
    );
    expect(await statusOf(messageId)).toMatchObject({
      status: 'failed',
      error: { code: '131026', message: 'Undeliverable.' },
    });
    expect(await typesOf(conversationId)).toEqual(['message.failed']);
  });

  it('is sent when the answer comes after all, from a worker that was given up', async () => {
    const { messageId } = await message();
    const { attemptId } = await beginAttempt(db.stores, messageId);
    await endWait(db, messageId, 'lease_until');
    expect(await begin(messageId)).toEqual({ do: 'again' });
    expect(
      await db.stores.sends.record({ attemptId, outcome: outcome.sent('mid-late'), durationMs: 1 }),
    ).toEqual({ do: 'wait', delayMs: 0, reason: 'late' });
    expect(await statusOf(messageId)).toMatchObject({
      status: 'sent',
      platformMessageId: 'mid-late',
    });
  });

  it('changes nothing when the answer that comes late is a failure', async () => {
    const { messageId } = await message();
    const { attemptId } = await beginAttempt(db.stores, messageId);
    await endWait(db, messageId, 'lease_until');
    await begin(messageId);
    await db.stores.sends.record({
      attemptId,
      outcome: outcome.failed('refused'),
      durationMs: 1,
    });
    expect((await statusOf(messageId))?.status).toBe('unconfirmed');
    expect((await statusOf(messageId))?.errors).toMatchObject([{ code: 'lost_worker' }]);
  });

  it('records the same answer twice as once', async () => {
    const { messageId, conversationId } = await message();
    const { attemptId } = await beginAttempt(db.stores, messageId);
    const answer = { attemptId, outcome: outcome.sent('mid-twice'), durationMs: 1 };
    await db.stores.sends.record(answer);
    await db.stores.sends.record(answer);
    expect(await typesOf(conversationId)).toEqual(['message.sent']);
    expect((await statusOf(messageId))?.transitions).toHaveLength(2);
  });
});
