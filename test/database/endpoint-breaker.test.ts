import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { anAccount, anAnswer } from '../support/builders.ts';
import { openTestStores, until, type TestStores } from '../support/database.ts';
import { customerWrites, post, takeHead } from './events.ts';

let db: TestStores;
let account: { id: string; externalId: string };

beforeAll(async () => {
  db = await openTestStores({
    CRM_BREAKER_FAILURES: '3',
    CRM_PROBE_DELAYS: '30,60,120',
    CRM_RECOVERY_RATE: '10',
  });
});
afterAll(() => db.close());
beforeEach(async () => {
  // Probes of earlier tests would be offered as well.
  await db.rows(`update webhook_endpoints set breaker_state = 'closed'`);
  account = await anAccount(db.stores);
});

const down = { do: 'wait', delayMs: null, reason: 'endpoint down' };
const next = (laneId: string) => db.stores.deliveries.next(laneId, { skipProfile: true });
const offer = () => db.stores.probes.offerProbes();

type Endpoint = {
  breaker_state: string;
  failures: number;
  probes: number;
  probe_lane: string | null;
  next_in: number | null;
};
async function endpoint(): Promise<Endpoint> {
  const [row] = await db.rows<Endpoint>(
    `select breaker_state, failures, probes, probe_lane,
            round(extract(epoch from next_probe_at - now()))::int as next_in
       from webhook_endpoints where account_id = $1`,
    account.id,
  );
  if (!row) throw new Error('no endpoint');
  return row;
}
const set = (change: string) =>
  db.rows(`update webhook_endpoints set ${change} where account_id = $1`, account.id);
const wakes = () =>
  db.rows<{ target: string; delay: number }>(
    `select target, extract(epoch from not_before - min(not_before) over ())::float8 * 1000 as delay
       from outbox where kind = 'wake_lane' and account_id = $1 order by not_before, id`,
    account.id,
  );
const forgetWakes = () =>
  db.rows(`delete from outbox where kind = 'wake_lane' and account_id = $1`, account.id);

/** So many conversations with an event each, oldest first. */
async function lanes(count: number): Promise<string[]> {
  const made: string[] = [];
  for (let index = 0; index < count; index += 1) made.push(await customerWrites(db, account));
  return made;
}

/** So many conversations, of which the first three have failed: the breaker is open. */
async function openBreaker(count = 3): Promise<string[]> {
  const made = await lanes(count);
  for (const laneId of made.slice(0, 3)) await post(db.stores, laneId, 500);
  await forgetWakes();
  return made;
}
const probeIsDue = () => set('next_probe_at = now()');

describe('the breaker of an endpoint', () => {
  it('opens after so many failures in a row over all conversations', async () => {
    const [one = '', two = '', three = '', four = ''] = await lanes(4);
    await post(db.stores, one, 500);
    await post(db.stores, two, null);
    expect(await endpoint()).toMatchObject({ breaker_state: 'closed', failures: 2 });
    await post(db.stores, three, 429);
    expect(await endpoint()).toMatchObject({ breaker_state: 'open', probes: 0, next_in: 30 });
    for (const laneId of [one, two, three, four]) expect(await next(laneId)).toEqual(down);
  });

  it.each([200, 422, 401])('forgets failures with an answer like %i', async (statusCode) => {
    const [one = '', two = '', three = ''] = await lanes(3);
    await post(db.stores, one, 500);
    await post(db.stores, two, 500);
    await post(db.stores, three, statusCode);
    expect(await endpoint()).toMatchObject({ breaker_state: 'closed', failures: 0 });
  });

  it('counts no failure of a URL that was changed meanwhile', async () => {
    const [one = ''] = await lanes(1);
    const event = await takeHead(db.stores, one);
    const crmWebhookUrl = 'https://crm.example/new';
    await db.stores.accounts.update(account.id, { crmWebhookUrl }, 'test');
    await db.stores.deliveries.record(event, anAnswer(500));
    expect(await endpoint()).toMatchObject({ failures: 0 });
  });

  it('does not delay its probes by posts that were under way when it opened', async () => {
    const made = await lanes(6);
    const events = await Promise.all(made.map((laneId) => takeHead(db.stores, laneId)));
    for (const event of events) await db.stores.deliveries.record(event, anAnswer(500));
    expect(await endpoint()).toMatchObject({ breaker_state: 'open', probes: 0, next_in: 30 });
  });

  it('does not take a lease away by a post that was under way when it opened', async () => {
    const made = await lanes(4);
    const late = await takeHead(db.stores, made[3] ?? '');
    for (const laneId of made.slice(0, 3)) await post(db.stores, laneId, 500);
    await probeIsDue();
    await offer();
    await takeHead(db.stores, made[0] ?? '');
    await db.stores.deliveries.record(late, anAnswer(500));
    expect(await endpoint()).toMatchObject({ probe_lane: made[0], probes: 0 });
  });
});

describe('a probe', () => {
  it('is offered when it is due, to the conversation that has waited longest', async () => {
    const [one = '', two = ''] = await openBreaker();
    expect(await offer()).toBe(0);
    await probeIsDue();
    expect(await offer()).toBe(1);
    expect(await wakes()).toMatchObject([{ target: one }]);
    expect(await next(two)).toEqual(down);
    expect((await next(one)).do).toBe('post');
  });

  it('is a single one: who has taken it has it for 15 s', async () => {
    const [one = ''] = await openBreaker();
    await probeIsDue();
    await offer();
    const asked = await Promise.all([next(one), next(one), next(one)]);
    expect(asked.filter((each) => each.do === 'post')).toHaveLength(1);
    await set(`probe_offered_at = now() - interval '1 minute'`);
    expect(await offer()).toBe(0);
  });

  it('is not taken by a conversation that first has to ask for the name of the customer', async () => {
    const made = await openBreaker(4);
    const fresh = made[3] ?? '';
    await probeIsDue();
    await set(`probe_lane = '${fresh}', probe_offered_at = now()`);
    expect((await db.stores.deliveries.next(fresh)).do).toBe('fetch_profile');
    expect((await next(fresh)).do).toBe('post');
  });

  it('that is not taken within 15 s is offered to another conversation', async () => {
    const [one = '', two = ''] = await openBreaker();
    await probeIsDue();
    await offer();
    expect(await offer()).toBe(0);
    await set(`probe_offered_at = now() - interval '16 seconds'`);
    expect(await offer()).toBe(1);
    expect((await wakes()).map(({ target }) => target)).toEqual([one, two]);
    expect(await next(one)).toEqual(down);
    expect((await next(two)).do).toBe('post');
  });

  it('whose taker died is offered again when the lease is over', async () => {
    const [one = '', two = ''] = await openBreaker();
    await probeIsDue();
    await offer();
    await takeHead(db.stores, one);
    await set(
      `probe_offered_at = now() - interval '16 seconds',
       probe_lease_until = now() - interval '1 second'`,
    );
    expect(await offer()).toBe(1);
    expect((await next(two)).do).toBe('post');
  });

  it('that fails is one of the attempts of its event, and puts the next one off', async () => {
    const [one = ''] = await openBreaker();
    const delays = [];
    for (let count = 0; count < 3; count += 1) {
      await probeIsDue();
      await offer();
      await post(db.stores, one, 503);
      delays.push((await endpoint()).next_in);
      expect(await next(one)).toEqual(down);
    }
    expect(delays).toEqual([60, 120, 120]);
    expect(await db.value('select attempts from webhook_deliveries where lane_id = $1', one)).toBe(
      4,
    );
  });

  it('is not offered while nothing waits, and at once when something does', async () => {
    await openBreaker();
    await db.rows(`update webhook_deliveries set state = 'dead' where account_id = $1`, account.id);
    await probeIsDue();
    await offer();
    expect(await wakes()).toEqual([]);
    const late = await customerWrites(db, account);
    await offer();
    expect(await wakes()).toMatchObject([{ target: late }]);
  });

  it('is not offered for an endpoint that is disabled', async () => {
    const [one = ''] = await openBreaker();
    await probeIsDue();
    await offer();
    await post(db.stores, one, 410);
    await set(`breaker_state = 'open', next_probe_at = now(), probe_offered_at = null`);
    expect(await offer()).toBe(0);
  });
});

describe('closing the breaker', () => {
  it('wakes every conversation that waits, one after another', async () => {
    const made = await openBreaker(5);
    await probeIsDue();
    await offer();
    await forgetWakes();
    await post(db.stores, made[0] ?? '', 200);
    expect(await endpoint()).toMatchObject({ breaker_state: 'closed', failures: 0, next_in: null });
    // The first one's lane is empty by now; it is only told to look, should a second worker have
    // found the endpoint down meanwhile.
    const woken = (await wakes()).filter(({ target }) => target !== made[0]);
    expect(woken.map(({ target }) => target)).toEqual(made.slice(1));
    expect(woken.map(({ delay }) => Math.round(delay))).toEqual([0, 100, 200, 300]);
    for (const laneId of made.slice(1)) expect((await next(laneId)).do).toBe('post');
  });

  it('by an administrator wakes them as well', async () => {
    const made = await openBreaker(4);
    await db.stores.accounts.update(account.id, { enabled: true }, 'test');
    expect((await wakes()).map(({ target }) => target)).toEqual(made);
    expect((await endpoint()).breaker_state).toBe('closed');
  });

  it('lets a conversation that looks at it meanwhile wait until it is decided', async () => {
    const made = await openBreaker(4);
    const closing = await hold();
    const looking = next(made[3] ?? '');
    await until(() => areWaiting(1));
    await closing.query(
      `update webhook_endpoints set breaker_state = 'closed' where account_id = $1`,
      [account.id],
    );
    await closing.query('commit');
    await closing.end();
    expect((await looking).do).toBe('post');
  });

  it('waits for a conversation that is about to wait, and then wakes it', async () => {
    const made = await openBreaker(4);
    await probeIsDue();
    await offer();
    const probe = await takeHead(db.stores, made[0] ?? '');
    await forgetWakes();
    // A conversation has read that the endpoint is down, and has not said yet that it waits.
    const waiting = new pg.Client(db.url);
    await waiting.connect();
    await waiting.query('begin');
    await waiting.query('select 1 from webhook_endpoints where account_id = $1 for share', [
      account.id,
    ]);
    const closing = db.stores.deliveries.record(probe, anAnswer(200));
    await until(() => areWaiting(1));
    await waiting.query(
      `insert into webhook_deliveries
         (id, account_id, lane_id, type, from_customer, held_until, arrival, data)
       values ('whd_late', $1, 'conv_late', 'message.received', false, now(), 1, '{}')`,
      [account.id],
    );
    await waiting.query('commit');
    await waiting.end();
    await closing;
    expect((await wakes()).map(({ target }) => target)).toContain('conv_late');
  });

  /** Takes the endpoint's row as closing it does. */
  async function hold(): Promise<pg.Client> {
    const client = new pg.Client(db.url);
    await client.connect();
    await client.query('begin');
    await client.query('select 1 from webhook_endpoints where account_id = $1 for no key update', [
      account.id,
    ]);
    return client;
  }

  async function areWaiting(count: number): Promise<boolean> {
    return (
      (await db.value<number>(
        `select count(*)::int from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`,
      )) === count
    );
  }
});
