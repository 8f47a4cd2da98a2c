import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  accepted,
  anAccount,
  aStatus,
  aWebhook,
  beginAttempt,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';

/** A second call for a message may only follow a first one in the ways that these tests name. */
describe('a second call', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };

  beforeAll(async () => {
    db = await openTestStores();
    account = await anAccount(db.stores);
  });
  afterAll(() => db.close());

  const begin = (messageId: string) =>
    db.stores.sends.begin({ messageId, round: 2, attemptId: randomUUID(), leaseMs: 12_000 });

  /** The reconciler starts a message's workflow anew while a call of the old one is on its way. */
  async function aCallOfTheOldRound() {
    const { messageId } = await accepted(db.stores, account.id);
    const { attemptId } = await beginAttempt(db.stores, messageId);
    await db.rows(`delete from outbox where target = $1`, messageId);
    await db.stores.reconcile.revive({ kind: 'message', messageId, round: 1 });
    return { messageId, attemptId };
  }

  it('waits for a call of an older round', async () => {
    const { messageId } = await aCallOfTheOldRound();
    expect(await begin(messageId)).toMatchObject({ do: 'wait', reason: 'attempt_in_flight' });
  });

  it('is not made at once when the answer to one of an older round is lost', async () => {
    const { messageId, attemptId } = await aCallOfTheOldRound();
    await db.stores.sends.record({ attemptId, outcome: outcome.failed('unknown'), durationMs: 1 });
    expect(await begin(messageId)).toMatchObject({ do: 'wait', reason: 'awaiting_evidence' });
  });

  it('is not made at once when the worker of an older round is lost', async () => {
    const { messageId, attemptId } = await aCallOfTheOldRound();
    await db.rows(`update send_attempts set lease_until = now() where id = $1`, attemptId);
    expect(await begin(messageId)).toEqual({ do: 'again' });
    expect(await begin(messageId)).toMatchObject({ do: 'wait', reason: 'awaiting_evidence' });
  });

  it('is not made when one of an older round is answered', async () => {
    const { messageId, attemptId } = await aCallOfTheOldRound();
    await db.stores.sends.record({ attemptId, outcome: outcome.sent(), durationMs: 1 });
    expect(await begin(messageId)).toEqual({ do: 'end' });
  });

  it('marks a message that is sent again at once because its account wants it so', async () => {
    const telegram = await anAccount(db.stores, { channel: 'telegram' });
    await db.rows(
      `update accounts set settings = '{"on_unknown_outcome": "resend"}' where id = $1`,
      telegram.id,
    );
    const { messageId } = await accepted(db.stores, telegram.id);
    const { attemptId } = await beginAttempt(db.stores, messageId);
    const lost = { attemptId, outcome: outcome.failed('unknown'), durationMs: 1 };
    expect(await db.stores.sends.record(lost)).toEqual({ do: 'retry', delayMs: 0 });
    expect(await db.value('select possible_duplicate from messages where id = $1', messageId)).toBe(
      true,
    );
  });

  it('is made for the part that the platform took and then could not deliver', async () => {
    const { messageId } = await accepted(db.stores, account.id, { text: 'one|two' });
    const ids = [`mid-${randomUUID()}`, `mid-${randomUUID()}`] as const;
    for (const id of ids) await tryOnce(db.stores, messageId, outcome.sent(id));
    const event = { accountExternalId: account.externalId, customer: 'nobody' };
    await db.stores.inbound.receive(
      aWebhook([aStatus({ ...event, id: ids[0], status: 'failed' })]),
    );
    expect(await db.stores.messageActions.resend(messageId, '*')).toEqual({ kind: 'done' });
    expect(await beginAttempt(db.stores, messageId, 2)).toMatchObject({
      content: { text: 'one|' },
    });
  });
});
