import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { accepted, anAccount, anAnswer, outcome, tryOnce } from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';
import { aDeadEvent, customerWrites, letterOf, post, takeHead } from './events.ts';

let db: TestStores;
let account: { id: string; externalId: string };

beforeAll(async () => {
  // A breaker that opened would stop the posts that these tests are about.
  db = await openTestStores({ CRM_BREAKER_FAILURES: '1000' });
  account = await anAccount(db.stores);
});
afterAll(() => db.close());

const stateOf = async (letterId: string) => (await db.stores.deadLetters.look(letterId))?.state;
const outboxOf = async (target: string) =>
  (
    await db.rows<{ kind: string }>('select kind from outbox where target = $1 order by id', target)
  ).map(({ kind }) => kind);
const rowOf = (messageId: string) =>
  db
    .rows<{ status: string; round: number; lane_seq: string; resolved: boolean }>(
      `select status, round, lane_seq, resolved_at is not null as resolved
         from messages where id = $1`,
      messageId,
    )
    .then(([row]) => row);

/** A message that failed for good, by attempts that the platform answered with a fault of its own. */
async function aDeadMessage(recipientId: string = randomUUID()) {
  const message = await accepted(db.stores, account.id, { recipientId });
  await useUp(message.messageId, 1);
  return { ...message, letterId: await letterOf(db, message.messageId) };
}

async function useUp(messageId: string, round: number) {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await db.rows('update messages set next_attempt_at = null where id = $1', messageId);
    await tryOnce(db.stores, messageId, outcome.failed('transient'), round);
  }
}

describe('the dead letter of a webhook', () => {
  it('is opened by giving up, starts its workflow and raises an alert', async () => {
    const { letterId } = await aDeadEvent(db, account);
    expect(await db.stores.deadLetters.look(letterId)).toMatchObject({
      state: 'open',
      reason: 'unauthorized',
      lastStatusCode: 401,
      attempts: 1,
    });
    expect(await outboxOf(letterId)).toEqual(['dead_letter']);
    const { items } = await db.stores.alerts.list([account.id], { limit: 10 });
    expect(items.map(({ cause }) => cause).sort()).toEqual(['crm_unauthorized', 'dead_letter']);
  });

  it('is replayed by one attempt of its lane, with its old sequence and bytes', async () => {
    const { laneId, eventId, body, sequence, letterId } = await aDeadEvent(db, account);
    expect(await db.stores.deadLetters.replay(letterId)).toBe(true);
    expect(await stateOf(letterId)).toBe('replaying');
    expect(await outboxOf(laneId)).toContain('wake_lane');
    const replayed = await post(db.stores, laneId, 200);
    expect(replayed.event).toMatchObject({ id: eventId, body, replay: true });
    expect(replayed.sequence).toBe(sequence);
    expect(await stateOf(letterId)).toBe('resolved');
    expect(await outboxOf(letterId)).toEqual(['dead_letter', 'dead_letter']);
    expect(await db.stores.deliveries.next(laneId)).toEqual({ do: 'end' });
  });

  it.each([500, 422, 429, 410, null])(
    'opens again when its replay is answered with %p, and never holds its lane',
    async (statusCode) => {
      const own = await anAccount(db.stores);
      const customer = randomUUID();
      const { laneId, eventId, letterId } = await aDeadEvent(db, own, customer);
      await customerWrites(db, own, customer);
      await db.stores.deadLetters.replay(letterId);
      const failed = await post(db.stores, laneId, statusCode);
      expect(failed.event.id).toBe(eventId);
      expect(failed.verdict.do).toBe('dead_letter');
      expect(await letterOf(db, eventId)).toBe(letterId);
      expect(await db.stores.deadLetters.look(letterId)).toMatchObject({
        state: 'open',
        attempts: 2,
        lastStatusCode: statusCode,
      });
      await db.stores.accounts.update(own.id, { enabled: true }, 'test');
      const next = await post(db.stores, laneId, 200);
      expect([next.event.replay, next.sequence]).toEqual([false, failed.sequence + 1]);
    },
  );

  it('goes between the events of its lane, whatever the head waits for', async () => {
    const customer = randomUUID();
    const { laneId, eventId, letterId } = await aDeadEvent(db, account, customer);
    await customerWrites(db, account, customer);
    const waiting = await post(db.stores, laneId, 500);
    expect(waiting.verdict.do).toBe('retry');
    expect((await db.stores.deliveries.next(laneId)).do).toBe('wait');
    await db.stores.deadLetters.replay(letterId);
    expect((await post(db.stores, laneId, 200)).event.id).toBe(eventId);
    expect((await db.stores.deliveries.next(laneId)).do).toBe('wait');
  });

  it('is replayed a second time like the first, with every attempt listed', async () => {
    const { laneId, letterId } = await aDeadEvent(db, account);
    for (const statusCode of [503, 200]) {
      expect(await db.stores.deadLetters.replay(letterId)).toBe(true);
      await post(db.stores, laneId, statusCode);
    }
    const found = await db.stores.deadLetterQueries.find('webhook', letterId, '*');
    expect(found?.attemptList.map((each) => each.statusCode)).toEqual([401, 503, 200]);
    expect(found).toMatchObject({ state: 'resolved', closedAt: expect.any(Date) });
  });

  it('takes one replay at a time', async () => {
    const { letterId } = await aDeadEvent(db, account);
    const replays = await Promise.all(
      Array.from({ length: 8 }, () => db.stores.deadLetters.replay(letterId)),
    );
    expect(replays.filter(Boolean)).toHaveLength(1);
  });

  it('shows the answer of the CRM as text, whatever bytes it was', async () => {
    const laneId = await customerWrites(db, account);
    const event = await takeHead(db.stores, laneId);
    await db.stores.deliveries.record(event, anAnswer(401, { excerpt: 'wer bist du? é\u0000' }));
    const letterId = await letterOf(db, event.id);
    const found = await db.stores.deadLetterQueries.find('webhook', letterId, '*');
    expect(found?.attemptList).toMatchObject([{ detail: 'wer bist du? é\u0000', statusCode: 401 }]);
  });

  it('goes with its account, and its alerts with it', async () => {
    const own = await anAccount(db.stores);
    const { letterId } = await aDeadEvent(db, own);
    const replayed = await aDeadEvent(db, own);
    await db.stores.deadLetters.replay(replayed.letterId);
    await db.stores.accounts.remove(own.id, 'test');
    for (const id of [letterId, replayed.letterId]) {
      expect(await stateOf(id)).toBe('discarded');
      expect(await outboxOf(id)).toEqual(['dead_letter', 'dead_letter']);
    }
    expect(
      await db.value('select state from webhook_deliveries where id = $1', replayed.eventId),
    ).toBe('discarded');
    expect((await db.stores.alerts.list([own.id], { limit: 10, open: true })).items).toEqual([]);
  });

  it('that is opened after its account was deleted is discarded by its replay', async () => {
    const own = await anAccount(db.stores);
    const laneId = await customerWrites(db, own);
    const event = await takeHead(db.stores, laneId);
    await db.stores.accounts.remove(own.id, 'test');
    await db.rows(`update webhook_deliveries set state = 'pending' where id = $1`, event.id);
    await db.stores.deliveries.record(event, anAnswer(401));
    const letterId = await letterOf(db, event.id);
    await db.stores.deadLetters.replay(letterId);
    expect(await stateOf(letterId)).toBe('discarded');
  });
});

describe('the dead letter of a message', () => {
  it('is replayed by a new round at the end of its lane, with the whole ladder', async () => {
    const recipientId = randomUUID();
    const { messageId, letterId } = await aDeadMessage(recipientId);
    const later = await accepted(db.stores, account.id, { recipientId });
    expect(await db.stores.deadLetters.replay(letterId)).toBe(true);
    const requeued = await rowOf(messageId);
    expect(requeued).toMatchObject({ status: 'pending', round: 2, resolved: false });
    expect(Number(requeued?.lane_seq)).toBeGreaterThan(
      Number((await rowOf(later.messageId))?.lane_seq),
    );
    await tryOnce(db.stores, later.messageId, outcome.sent());
    await useUp(messageId, 2);
    expect(await letterOf(db, messageId)).toBe(letterId);
    expect(await db.stores.deadLetters.look(letterId)).toMatchObject({
      state: 'open',
      attempts: 6,
      reason: 'transient',
    });
    expect(await db.stores.deadLetters.replay(letterId)).toBe(true);
    await tryOnce(db.stores, messageId, outcome.sent(), 3);
    expect(await stateOf(letterId)).toBe('resolved');
  });

  it('has what the platform answered last, and tells its workflow what it is about', async () => {
    const message = await accepted(db.stores, account.id, { recipientId: randomUUID() });
    for (const statusCode of [500, 502, 503]) {
      await db.rows('update messages set next_attempt_at = null where id = $1', message.messageId);
      const failed = { ...outcome.failed('transient'), statusCode };
      await tryOnce(db.stores, message.messageId, failed);
    }
    const letterId = await letterOf(db, message.messageId);
    const found = await db.stores.deadLetterQueries.find('message', letterId, '*');
    expect(found).toMatchObject({ lastStatusCode: 503, holds: false });
    expect(found?.attemptList.map((each) => each.statusCode)).toEqual([500, 502, 503]);
    const [told] = await db.rows<{ trace_id: string; details: unknown }>(
      `select trace_id, details from outbox where target = $1 and kind = 'dead_letter'`,
      letterId,
    );
    expect(told).toMatchObject({
      trace_id: 'trace-1',
      details: {
        subject_id: message.messageId,
        conversation_id: message.conversationId,
        last_status_code: 503,
      },
    });
  });

  it('has no status where the platform did not answer', async () => {
    const { letterId } = await aDeadMessage();
    expect(await db.stores.deadLetters.look(letterId)).toMatchObject({ lastStatusCode: null });
  });

  it('does nothing to a message that has arrived meanwhile', async () => {
    const { messageId, letterId } = await aDeadMessage();
    await db.rows(`update messages set status = 'delivered' where id = $1`, messageId);
    await db.stores.deadLetters.replay(letterId);
    expect(await rowOf(messageId)).toMatchObject({ status: 'delivered', round: 1 });
    expect(await stateOf(letterId)).toBe('resolved');
  });

  it('opens again when the platform refuses its replay', async () => {
    const { messageId, letterId } = await aDeadMessage();
    await db.stores.deadLetters.replay(letterId);
    await tryOnce(db.stores, messageId, outcome.failed('refused'), 2);
    expect(await db.stores.deadLetters.look(letterId)).toMatchObject({
      state: 'open',
      reason: 'refused',
    });
  });

  it('goes when its replay is cancelled', async () => {
    const { messageId, letterId } = await aDeadMessage();
    await db.stores.deadLetters.replay(letterId);
    await db.stores.messageActions.cancel(messageId, '*');
    expect(await stateOf(letterId)).toBe('discarded');
  });

  it('of what the platform refuses at once is not made', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await tryOnce(db.stores, messageId, outcome.failed('refused'));
    expect(await letterOf(db, messageId)).toBeUndefined();
  });

  it('lists its attempts with the words of the platform', async () => {
    const { letterId } = await aDeadMessage();
    const found = await db.stores.deadLetterQueries.find('message', letterId, '*');
    expect(found?.attemptList).toHaveLength(3);
    expect(found?.attemptList[0]).toMatchObject({
      errorClass: 'transient',
      errorCode: 'code-transient',
      detail: 'It was transient.',
      durationMs: 5,
    });
  });
});

describe('an open dead letter', () => {
  it('is discarded, once, and its workflow is told', async () => {
    const { letterId, laneId } = await aDeadEvent(db, account);
    expect(await db.stores.deadLetters.discard(letterId)).toBe(true);
    expect(await stateOf(letterId)).toBe('discarded');
    expect(await outboxOf(letterId)).toEqual(['dead_letter', 'dead_letter']);
    expect(await db.stores.deadLetters.discard(letterId)).toBe(false);
    expect(await db.stores.deadLetters.replay(letterId)).toBe(false);
    expect(await db.stores.deliveries.next(laneId)).toEqual({ do: 'end' });
  });

  it('expires 30 days after it was opened last, with an alert', async () => {
    const own = await anAccount(db.stores);
    const { letterId } = await aDeadEvent(db, own);
    const day = 86_400_000;
    expect((await db.stores.deadLetters.look(letterId))?.expiresInMs).toBeGreaterThan(29.9 * day);
    await db.rows(
      `update dead_letters set opened_at = now() - interval '31 days' where id = $1`,
      letterId,
    );
    expect((await db.stores.deadLetters.look(letterId))?.expiresInMs).toBe(0);
    expect(await db.stores.deadLetters.expire(letterId)).toBe(true);
    expect(await stateOf(letterId)).toBe('expired');
    const { items } = await db.stores.alerts.list([own.id], { limit: 10 });
    expect(items.map(({ cause }) => cause)).toContain('dead_letter_expired');
  });

  it('hears each signal of a run once, also one that a reset of the run brings again', async () => {
    const { letterId } = await aDeadEvent(db, account);
    const { deadLetters } = db.stores;
    const first = { run: 'run-1', number: 1 };
    expect(await deadLetters.replay(letterId, undefined, first)).toBe(true);
    await db.rows(`update dead_letters set state = 'open' where id = $1`, letterId);
    expect(await deadLetters.replay(letterId, undefined, first)).toBe(false);
    expect(await stateOf(letterId)).toBe('open');
    // A second wish, and one to another run after the first was terminated, are new.
    for (const by of [
      { run: 'run-1', number: 2 },
      { run: 'run-2', number: 1 },
    ]) {
      expect(await deadLetters.replay(letterId, undefined, by)).toBe(true);
      await db.rows(`update dead_letters set state = 'open' where id = $1`, letterId);
    }
    expect(await deadLetters.discard(letterId, first)).toBe(false);
    // One that found nothing to do is heard as well.
    await db.rows(`update dead_letters set state = 'replaying' where id = $1`, letterId);
    const late = { run: 'run-2', number: 2 };
    expect(await deadLetters.replay(letterId, undefined, late)).toBe(false);
    await db.rows(`update dead_letters set state = 'open' where id = $1`, letterId);
    expect(await deadLetters.replay(letterId, undefined, late)).toBe(false);
  });

  it.each(['replay', 'discard'] as const)(
    'keeps in its row what the API was asked for, until it is done: %s',
    async (what) => {
      const { letterId } = await aDeadEvent(db, account);
      const found = await db.stores.deadLetterQueries.find('webhook', letterId, '*');
      if (!found) throw new Error('no dead letter');
      const asked = async () => (await db.stores.deadLetters.look(letterId))?.asked;
      expect(await asked()).toBeNull();
      await db.stores.deadLetterQueries.ask(found, what, 'key_1');
      expect(await asked()).toBe(what);
      const carryOut = () =>
        what === 'replay'
          ? db.stores.deadLetters.replay(letterId, undefined, 'row')
          : db.stores.deadLetters.discard(letterId, 'row');
      expect(await carryOut()).toBe(true);
      expect(await asked()).toBeNull();
      await db.rows(`update dead_letters set state = 'open' where id = $1`, letterId);
      expect(await carryOut()).toBe(false);
    },
  );

  it('is asked for through the outbox, with who asked in the audit log', async () => {
    const { letterId } = await aDeadEvent(db, account);
    const found = await db.stores.deadLetterQueries.find('webhook', letterId, '*');
    if (!found) throw new Error('no dead letter');
    await db.stores.deadLetterQueries.ask(found, 'replay', 'key_1');
    await db.stores.deadLetterQueries.ask(found, 'discard', 'key_1');
    expect(await outboxOf(letterId)).toEqual([
      'dead_letter',
      'replay_dead_letter',
      'discard_dead_letter',
    ]);
    expect(
      await db.rows('select actor, action from audit_log where subject = $1', letterId),
    ).toEqual([
      { actor: 'key_1', action: 'dead_letter.replay' },
      { actor: 'key_1', action: 'dead_letter.discard' },
    ]);
  });
});

describe('the list of dead letters', () => {
  it('goes from the newest to the oldest, page by page, each once', async () => {
    const own = await anAccount(db.stores);
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift((await aDeadEvent(db, own)).letterId);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await db.stores.deadLetterQueries.list(
        'webhook',
        [own.id],
        {},
        { limit: 2, cursor },
      );
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(ids);
  });

  it('is narrowed by kind, account, reason, state and time', async () => {
    const own = await anAccount(db.stores);
    const { letterId } = await aDeadEvent(db, own);
    const count = async (
      given: Parameters<typeof db.stores.deadLetterQueries.list>[2],
      kind: 'webhook' | 'message' = 'webhook',
      scope: '*' | string[] = '*',
    ) => {
      const filter = { accountId: own.id, ...given };
      const page = await db.stores.deadLetterQueries.list(kind, scope, filter, { limit: 10 });
      return page.items.length;
    };
    const hourAgo = new Date(Date.now() - 3_600_000);
    expect(await count({})).toBe(1);
    expect(await count({ reason: 'unauthorized', state: 'open', from: hourAgo })).toBe(1);
    expect(await count({}, 'message')).toBe(0);
    expect(await count({}, 'webhook', [account.id])).toBe(0);
    expect(await count({ reason: 'expired' })).toBe(0);
    expect(await count({ state: 'discarded' })).toBe(0);
    expect(await count({ to: hourAgo })).toBe(0);
    expect(await db.stores.deadLetterQueries.find('message', letterId, '*')).toBeNull();
    expect(await db.stores.deadLetterQueries.find('webhook', letterId, [account.id])).toBeNull();
  });

  it('counts the other open ones with the same cause, in the same account', async () => {
    const own = await anAccount(db.stores);
    const first = await aDeadEvent(db, own);
    const second = await aDeadEvent(db, own);
    await aDeadEvent(db, own);
    await aDeadEvent(db, account);
    await db.stores.deadLetters.discard(second.letterId);
    const found = await db.stores.deadLetterQueries.find('webhook', first.letterId, '*');
    expect(found?.sameCause).toBe(1);
  });
});
