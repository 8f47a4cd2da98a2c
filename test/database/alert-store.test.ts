import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { raiseAlert, resolveAlert } from '../../src/database/alert.ts';
import type { AlertThresholds } from '../../src/database/alert-evaluation.ts';
import type { AlertNotice } from '../../src/database/alert-store.ts';
import { accepted, anAccount, outcome, tryOnce } from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';
import { aDeadEvent, customerWrites, post } from './events.ts';

let db: TestStores;
let account: { id: string; externalId: string };

beforeAll(async () => {
  db = await openTestStores({ CRM_BREAKER_FAILURES: '2' });
});
afterAll(() => db.close());
beforeEach(async () => {
  account = await anAccount(db.stores);
});
// Every test looks at all of them, so that none may find what another has left.
afterEach(async () => {
  for (const table of ['alerts', 'outbox', 'webhook_deliveries', 'dead_letters', 'heartbeats'])
    await db.rows(`delete from ${table}`);
  await db.rows(`update messages set resolved_at = null`);
  await db.rows(`update accounts set enabled = false`);
});

const NEVER: AlertThresholds = {
  outboxMs: Infinity,
  workerMs: Infinity,
  backlogMs: Infinity,
  endpointDownMs: 300_000,
  delayedMs: 60_000,
  messageP95Ms: Infinity,
  mirrorMs: Infinity,
};
const causes = async (open?: boolean) =>
  (await db.stores.alerts.list('*', { limit: 50, open })).items.map(({ cause }) => cause).sort();
const evaluate = (limits: Partial<AlertThresholds> = {}) =>
  db.stores.alerts.evaluate({ ...NEVER, ...limits });

/** What would be sent now; `arrived` false: the target did not take it. */
async function told(arrived = true): Promise<string[]> {
  const notices: AlertNotice[] = [];
  await db.stores.alerts.notify(async (notice) => {
    notices.push(notice);
    return arrived;
  });
  return notices.map(({ cause, state, count }) => `${cause} ${state} ${count}`);
}
const silentChannels = async () =>
  (await db.stores.alerts.list('*', { limit: 50, open: true })).items
    .filter(({ cause, accountId }) => cause === 'channel_silent' && accountId === null)
    .map(({ channel }) => channel)
    .sort();
const accountsCame = (secondsAgo: number) =>
  db.rows(`update accounts set created_at = now() - $1 * interval '1 second'`, secondsAgo);
const lastBeat = (name: string, secondsAgo: number) =>
  db.rows(
    `update heartbeats set at = now() - $2 * interval '1 second' where name = $1`,
    name,
    secondsAgo,
  );
const anHourPasses = () =>
  db.rows(`update alerts set notified_at = notified_at - interval '61 minutes'`);

describe('an alert', () => {
  it('is one for a cause and account, and counts', async () => {
    const other = await anAccount(db.stores);
    for (const id of [account.id, account.id, other.id])
      await raiseAlert(db.database, 'account_paused', id);
    await raiseAlert(db.database, 'dead_letter', account.id);
    await raiseAlert(db.database, 'outbox_stuck');
    const { items } = await db.stores.alerts.list('*', { limit: 10 });
    const lines = items.map((each) => [each.cause, each.accountId, each.count]);
    expect(lines).toHaveLength(4);
    expect(lines).toEqual(
      expect.arrayContaining([
        ['account_paused', account.id, 2],
        ['account_paused', other.id, 1],
        ['dead_letter', account.id, 1],
        ['outbox_stuck', null, 1],
      ]),
    );
  });

  it('stays one when many processes raise it at once', async () => {
    await Promise.all(
      Array.from({ length: 20 }, () => raiseAlert(db.database, 'dead_letter', account.id)),
    );
    const { items } = await db.stores.alerts.list('*', { limit: 10 });
    expect(items).toMatchObject([{ count: 20 }]);
  });

  it('that comes back within an hour of its end is the same one', async () => {
    await raiseAlert(db.database, 'endpoint_down', account.id);
    await resolveAlert(db.database, 'endpoint_down', account.id);
    await raiseAlert(db.database, 'endpoint_down', account.id);
    expect(await causes(true)).toEqual(['endpoint_down']);
    expect(await causes()).toHaveLength(1);
  });

  it('that comes back later is a new one', async () => {
    await raiseAlert(db.database, 'endpoint_down', account.id);
    await resolveAlert(db.database, 'endpoint_down', account.id);
    await db.rows(`update alerts set resolved_at = resolved_at - interval '2 hours'`);
    await raiseAlert(db.database, 'endpoint_down', account.id);
    expect(await causes(true)).toEqual(['endpoint_down']);
    expect(await causes(false)).toEqual(['endpoint_down']);
    expect(await causes()).toHaveLength(2);
  });

  it('is listed page by page, for those who may see its account', async () => {
    const other = await anAccount(db.stores);
    for (const id of [account.id, other.id, '']) await raiseAlert(db.database, 'dead_letter', id);
    const seen: (string | null)[] = [];
    let cursor: string | undefined;
    do {
      const page = await db.stores.alerts.list('*', { limit: 1, cursor });
      seen.push(...page.items.map(({ accountId }) => accountId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual([null, other.id, account.id]);
    const scoped = await db.stores.alerts.list([account.id], { limit: 10 });
    expect(scoped.items.map(({ accountId }) => accountId)).toEqual([account.id]);
  });
});

describe('telling of an alert', () => {
  it('happens at once, and again each hour that it goes on', async () => {
    await raiseAlert(db.database, 'account_paused', account.id);
    expect(await told()).toEqual(['account_paused raised 1']);
    await raiseAlert(db.database, 'account_paused', account.id);
    expect(await told()).toEqual([]);
    await anHourPasses();
    expect(await told()).toEqual(['account_paused raised 2']);
    await anHourPasses();
    // Nothing new was noticed since: not a word.
    await db.rows(`update alerts set last_at = notified_at - interval '1 second'`);
    expect(await told()).toEqual([]);
  });

  it('tells the end once', async () => {
    await raiseAlert(db.database, 'account_paused', account.id);
    await told();
    await resolveAlert(db.database, 'account_paused', account.id);
    expect(await told()).toEqual(['account_paused resolved 1']);
    expect(await told()).toEqual([]);
  });

  it('begins with the begin, also of one that is over already', async () => {
    await raiseAlert(db.database, 'account_paused', account.id);
    await resolveAlert(db.database, 'account_paused', account.id);
    expect(await told()).toEqual(['account_paused raised 1']);
    expect(await told()).toEqual(['account_paused resolved 1']);
  });

  it('is silent within the hour about one that comes and goes', async () => {
    await raiseAlert(db.database, 'account_paused', account.id);
    await told();
    await resolveAlert(db.database, 'account_paused', account.id);
    await told();
    await raiseAlert(db.database, 'account_paused', account.id);
    expect(await told()).toEqual([]);
    await anHourPasses();
    expect(await told()).toEqual(['account_paused raised 2']);
  });

  it('is tried again, later and later, until it arrives', async () => {
    await raiseAlert(db.database, 'account_paused', account.id);
    expect(await told(false)).toHaveLength(1);
    expect(await told()).toEqual([]);
    await db.rows('update alerts set notify_not_before = now()');
    expect(await told(false)).toHaveLength(1);
    const waitMs = await db.value<number>(
      `select extract(epoch from notify_not_before - now())::float8 * 1000 from alerts`,
    );
    expect(waitMs).toBeGreaterThan(1_000);
    await db.rows('update alerts set notify_not_before = now()');
    expect(await told()).toEqual(['account_paused raised 1']);
  });

  it('is done by one process, however many try at once', async () => {
    await raiseAlert(db.database, 'account_paused', account.id);
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => void (letGo = resolve));
    let begun: () => void = () => undefined;
    const sending = new Promise<void>((resolve) => void (begun = resolve));
    const first = db.stores.alerts.notify(async () => {
      begun();
      await held;
      return true;
    });
    await sending;
    expect(await told()).toEqual([]);
    letGo();
    expect(await first).toBe(1);
    expect(await told()).toEqual([]);
  });
});

describe('looking after alerts', () => {
  it('notices rows that do not reach Temporal, and their end', async () => {
    await db.rows(
      `insert into outbox (kind, target, account_id, not_before)
       values ('events_ready', 'x', 'y', now() - interval '31 seconds')`,
    );
    await evaluate({ outboxMs: 30_000 });
    expect(await causes(true)).toEqual(['outbox_stuck']);
    await db.rows('delete from outbox');
    await evaluate({ outboxMs: 30_000 });
    expect(await causes(true)).toEqual([]);
  });

  it('does not mind rows that are held back on purpose', async () => {
    await db.rows(
      `insert into outbox (kind, target, account_id, not_before, created_at)
       values ('wake_lane', 'x', 'y', now() + interval '1 minute', now() - interval '1 hour')`,
    );
    await evaluate({ outboxMs: 30_000 });
    expect(await causes(true)).toEqual([]);
  });

  it('notices that no worker is alive, also when there never was one', async () => {
    await evaluate({ workerMs: 30_000 });
    expect(await causes(true)).toEqual(['worker_silent']);
    await db.stores.heartbeats.beat('worker:1');
    await evaluate({ workerMs: 30_000 });
    expect(await causes(true)).toEqual([]);
  });

  it('does not take a connector for the worker', async () => {
    await db.stores.heartbeats.beat('connector:instagram:1');
    await evaluate({ workerMs: 30_000 });
    expect(await causes(true)).toEqual(['worker_silent']);
  });

  it('notices each channel with an account that nobody serves, and the end of it', async () => {
    await anAccount(db.stores, { channel: 'telegram' });
    await anAccount(db.stores, { channel: 'telegram' });
    await accountsCame(31);
    await db.stores.heartbeats.beat('worker:1');
    await evaluate({ workerMs: 30_000 });
    expect(await silentChannels()).toEqual(['instagram', 'telegram']);
    await db.stores.heartbeats.beat('worker:1', 'connector:telegram:1', 'connector:whatsapp:1');
    await evaluate({ workerMs: 30_000 });
    expect(await silentChannels()).toEqual(['instagram']);
    await db.stores.accounts.update(account.id, { enabled: false }, 'test');
    await evaluate({ workerMs: 30_000 });
    expect(await silentChannels()).toEqual([]);
  });

  it('counts a silence from the last beat, whoever gave it', async () => {
    await accountsCame(3_600);
    await db.stores.heartbeats.beat('worker:1', 'connector:instagram:1', 'connector:instagram:2');
    await lastBeat('connector:instagram:1', 31);
    await lastBeat('connector:instagram:2', 29);
    await evaluate({ workerMs: 30_000 });
    expect(await causes(true)).toEqual([]);
    await lastBeat('connector:instagram:2', 31);
    await evaluate({ workerMs: 30_000 });
    expect(await silentChannels()).toEqual(['instagram']);
  });

  it('gives the worker of the first account of a channel time to come', async () => {
    await db.stores.heartbeats.beat('worker:1');
    await accountsCame(29);
    await evaluate({ workerMs: 30_000 });
    expect(await causes(true)).toEqual([]);
  });

  it('begins and ends no silence when it has just started, but for a worker that lives', async () => {
    await accountsCame(31);
    const atStart = () =>
      db.stores.alerts.evaluate({ ...NEVER, workerMs: 30_000 }, { starting: true });
    await atStart();
    expect(await causes(true)).toEqual([]);
    await evaluate({ workerMs: 30_000 });
    await atStart();
    expect(await causes(true)).toEqual(['channel_silent', 'worker_silent']);
    await db.stores.heartbeats.beat('worker:1', 'connector:instagram:1');
    await atStart();
    expect(await causes(true)).toEqual([]);
  });

  it('notices events that wait too long, unless it is on purpose', async () => {
    await customerWrites(db, account);
    await db.rows(`update webhook_deliveries set stored_at = now() - interval '6 minutes'`);
    await evaluate({ backlogMs: 300_000 });
    expect(await causes(true)).toEqual(['events_backlog']);
    await db.stores.accounts.update(account.id, { enabled: false }, 'test');
    await evaluate({ backlogMs: 300_000 });
    expect(await causes(true)).toEqual([]);
  });

  it('notices that messages have become slow', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await db.rows(
      `update messages set created_at = now() - interval '6 seconds' where id = $1`,
      messageId,
    );
    await tryOnce(db.stores, messageId, outcome.sent());
    await evaluate({ messageP95Ms: 5_000 });
    expect(await causes(true)).toEqual(['messages_slow']);
    await evaluate({ messageP95Ms: 10_000 });
    expect(await causes(true)).toEqual([]);
  });

  it('notices an endpoint that has been down for long, and its return', async () => {
    const laneId = await customerWrites(db, account);
    for (let failure = 0; failure < 2; failure += 1) {
      await db.rows(`update webhook_deliveries set next_attempt_at = null`);
      await post(db.stores, laneId, 500);
    }
    await evaluate();
    expect(await causes(true)).toEqual([]);
    await db.rows(
      `update webhook_endpoints set breaker_opened_at = now() - interval '6 minutes'
        where account_id = $1`,
      account.id,
    );
    await evaluate();
    expect(await causes(true)).toEqual(['endpoint_down']);
    await db.stores.accounts.update(account.id, { enabled: true }, 'test');
    expect(await causes(true)).toEqual([]);
  });

  it('does not mind the endpoint of an account that is disabled or gone', async () => {
    await db.rows(
      `update webhook_endpoints set breaker_state = 'open',
              breaker_opened_at = now() - interval '1 hour' where account_id = $1`,
      account.id,
    );
    await db.stores.accounts.update(account.id, { enabled: false }, 'test');
    await evaluate();
    expect(await causes(true)).toEqual([]);
  });

  it('ends those of dead letters when none is left', async () => {
    const { letterId, laneId } = await aDeadEvent(db, account);
    await evaluate();
    expect(await causes(true)).toEqual(['crm_unauthorized', 'dead_letter']);
    await db.stores.deadLetters.replay(letterId);
    await evaluate();
    expect(await causes(true)).toEqual(['crm_unauthorized', 'dead_letter']);
    await post(db.stores, laneId, 422);
    await evaluate();
    expect(await causes(true)).toEqual(['dead_letter']);
    await db.stores.deadLetters.discard(letterId);
    await evaluate();
    expect(await causes(true)).toEqual([]);
  });

  it('sees a paused account and a disabled endpoint, and the end of both', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await tryOnce(db.stores, messageId, outcome.failed('unauthorized'));
    const laneId = await customerWrites(db, account);
    await post(db.stores, laneId, 410);
    expect(await causes(true)).toEqual(['account_paused', 'endpoint_disabled']);
    await db.stores.accounts.update(account.id, { enabled: true }, 'test');
    expect(await causes(true)).toEqual([]);
  });
});
