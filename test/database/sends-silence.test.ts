import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  accepted,
  anAccount,
  aWebhook,
  anEcho,
  beginAttempt,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { endWait, eventsOf, openTestStores, type TestStores } from '../support/database.ts';

describe('silence after a send of which nobody knows what became', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores);
    await db.rows('delete from heartbeats');
  });
  afterAll(() => db.close());

  const begin = (messageId: string) =>
    db.stores.sends.begin({ messageId, round: 1, attemptId: randomUUID(), leaseMs: 12_000 });
  const statusOf = (messageId: string) => db.stores.messages.findStatus(messageId, '*');
  const typesOf = async (laneId: string) => (await eventsOf(db, laneId)).map(({ type }) => type);
  const setRule = (rule: string) =>
    db.rows(
      `update accounts set settings = jsonb_build_object('on_unknown_outcome', $2::text) where id = $1`,
      account.id,
      rule,
    );
  const deadLetterOf = (messageId: string) =>
    db.value<string | undefined>('select state from dead_letters where subject_id = $1', messageId);

  /** Loses the answer, and with it the time in which evidence could come. */
  async function loseAndWait(messageId: string) {
    await tryOnce(db.stores, messageId, outcome.failed('unknown'));
    await endWait(db, messageId, 'evidence_until');
    return begin(messageId);
  }

  /** The account has seen that its platform tells it of its sends. */
  async function seeEvidence() {
    const customer = randomUUID();
    const { messageId } = await accepted(db.stores, account.id, { recipientId: customer });
    await tryOnce(db.stores, messageId, outcome.sent('mid-known'));
    const event = anEcho({ accountExternalId: account.externalId, customer, id: 'mid-known' });
    await db.stores.inbound.receive(aWebhook([event]));
  }

  it('is left to a person where the account has never seen evidence', async () => {
    const recipientId = randomUUID();
    const { messageId, conversationId } = await accepted(db.stores, account.id, { recipientId });
    const next = await accepted(db.stores, account.id, { recipientId });
    expect(await loseAndWait(messageId)).toEqual({ do: 'again' });
    expect((await begin(messageId)).do).toBe('end');
    expect(await statusOf(messageId)).toMatchObject({
      status: 'unconfirmed',
      possibleDuplicate: false,
    });
    expect(await typesOf(conversationId)).toEqual(['message.unconfirmed']);
    expect(await deadLetterOf(messageId)).toBe('open');
    expect((await begin(next.messageId)).do).toBe('send');
  });

  it('is sent again, marked as a possible duplicate, where silence means something', async () => {
    await seeEvidence();
    const { messageId, conversationId } = await accepted(db.stores, account.id);
    expect(await loseAndWait(messageId)).toEqual({ do: 'again' });
    expect(await tryOnce(db.stores, messageId, outcome.sent())).toMatchObject({ do: 'done' });
    expect(await statusOf(messageId)).toMatchObject({
      status: 'sent',
      possibleDuplicate: true,
      retryCount: 1,
    });
    expect(await eventsOf(db, conversationId)).toMatchObject([
      { type: 'message.sent', data: { possible_duplicate: true } },
    ]);
  });

  it('means something also where all echoes came before the answers', async () => {
    const customer = randomUUID();
    const first = await accepted(db.stores, account.id, { recipientId: customer });
    const { attemptId } = await beginAttempt(db.stores, first.messageId);
    const event = anEcho({ accountExternalId: account.externalId, customer, id: 'mid-fast' });
    await db.stores.inbound.receive(aWebhook([event]));
    await db.stores.sends.record({ attemptId, outcome: outcome.sent('mid-fast'), durationMs: 1 });
    const { messageId } = await accepted(db.stores, account.id);
    await loseAndWait(messageId);
    expect((await begin(messageId)).do).toBe('send');
  });

  it('means nothing a day after the last evidence', async () => {
    await seeEvidence();
    await db.rows(
      `update accounts set evidence_seen_at = now() - interval '25 hours' where id = $1`,
      account.id,
    );
    const { messageId } = await accepted(db.stores, account.id);
    await loseAndWait(messageId);
    expect((await begin(messageId)).do).toBe('end');
  });

  it('never makes a message failed: after three attempts it is unconfirmed', async () => {
    await seeEvidence();
    const { messageId } = await accepted(db.stores, account.id);
    for (let attempt = 1; attempt <= 3; attempt += 1) await loseAndWait(messageId);
    expect(await statusOf(messageId)).toMatchObject({ status: 'unconfirmed', retryCount: 2 });
    expect(await deadLetterOf(messageId)).toBe('open');
  });

  it.each(['transient', 'refused'] as const)(
    'never makes a message failed: neither does an attempt after it that is %s',
    async (failure) => {
      await setRule('resend');
      const { messageId } = await accepted(db.stores, account.id);
      await loseAndWait(messageId);
      for (let times = 0; (await begin(messageId)).do !== 'end' && times < 3; times += 1) {
        const attemptId = await db.value<string>(
          'select id from send_attempts where message_id = $1 and outcome is null',
          messageId,
        );
        const result = outcome.failed(failure);
        await db.stores.sends.record({ attemptId, outcome: result, durationMs: 1 });
        await endWait(db, messageId, 'next_attempt_at');
      }
      expect((await statusOf(messageId))?.status).toBe('unconfirmed');
    },
  );

  it('holds the conversation for a person where the account says so, and tells at once', async () => {
    await setRule('hold');
    const { messageId, conversationId } = await accepted(db.stores, account.id);
    await loseAndWait(messageId);
    for (let times = 0; times < 2; times += 1)
      expect(await begin(messageId)).toEqual({ do: 'wait', delayMs: null, reason: 'held' });
    expect(await eventsOf(db, conversationId)).toMatchObject([
      { type: 'message.unconfirmed', data: { holds: true, error: { class: 'unknown' } } },
    ]);
    expect(await statusOf(messageId)).toMatchObject({ status: 'unconfirmed', waitReason: 'held' });
    expect(await deadLetterOf(messageId)).toBe('open');
  });

  it('is judged at once on a channel that gives no evidence', async () => {
    account = await anAccount(db.stores, { channel: 'telegram' });
    const { messageId } = await accepted(db.stores, account.id);
    expect(await tryOnce(db.stores, messageId, outcome.failed('unknown'))).toEqual({
      do: 'done',
      status: 'unconfirmed',
    });
    await setRule('resend');
    const other = await accepted(db.stores, account.id);
    expect(await tryOnce(db.stores, other.messageId, outcome.failed('unknown'))).toEqual({
      do: 'retry',
      delayMs: 0,
    });
    await tryOnce(db.stores, other.messageId, outcome.sent());
    expect(await statusOf(other.messageId)).toMatchObject({
      status: 'sent',
      possibleDuplicate: true,
    });
  });

  it('does not count while nobody receives webhooks, and counts anew from the end of the gap', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await tryOnce(db.stores, messageId, outcome.failed('unknown'));
    await endWait(db, messageId, 'evidence_until');
    await db.stores.heartbeats.beat('receivers');
    await db.rows(`update heartbeats set at = now() - interval '20 seconds'`);
    const inGap = await begin(messageId);
    expect(inGap).toMatchObject({ do: 'wait', reason: 'awaiting_evidence' });
    await db.stores.heartbeats.beat('receivers');
    const afterGap = await begin(messageId);
    if (afterGap.do !== 'wait') throw new Error(afterGap.do);
    expect(afterGap.delayMs).toBeGreaterThan(50_000);
    await db.rows(`update heartbeats set gap_ended_at = now() - interval '61 seconds'`);
    expect(await begin(messageId)).toEqual({ do: 'again' });
  });

  it('is broken by evidence that comes after a person was asked', async () => {
    const customer = randomUUID();
    const { messageId, conversationId } = await accepted(db.stores, account.id, {
      recipientId: customer,
    });
    await loseAndWait(messageId);
    const at = Date.now() + 1;
    const event = anEcho({ accountExternalId: account.externalId, customer, at });
    await db.stores.inbound.receive(aWebhook([event]));
    expect((await statusOf(messageId))?.status).toBe('sent');
    expect(await deadLetterOf(messageId)).toBe('resolved');
    expect(await typesOf(conversationId)).toEqual(['message.unconfirmed', 'message.sent']);
  });
});
