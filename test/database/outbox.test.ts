import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { addOutboxRow, type NewOutboxRow } from '../../src/database/outbox.ts';
import type { OutboxCall, OutboxResult } from '../../src/database/outbox-store.ts';
import { openTestStores, type TestStores } from '../support/database.ts';

describe('the outbox', () => {
  let db: TestStores;

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(() => db.rows('delete from outbox'));
  afterAll(() => db.close());

  const add = (row: Partial<NewOutboxRow> & { target: string }) =>
    db.database.transaction((tx) =>
      addOutboxRow(tx, { kind: 'events_ready', accountId: 'acc_1', ...row }),
    );
  const count = () => db.value<number>('select count(*)::int from outbox');
  const answerAll = (result: OutboxResult) => (calls: OutboxCall[]) =>
    Promise.resolve(new Map(calls.map((call) => [call, result])));

  /** Claims once; answers what was handed out. */
  async function claim(
    limit = 50,
    dispatch: (calls: OutboxCall[]) => Promise<Map<OutboxCall, OutboxResult>> = answerAll('done'),
  ): Promise<OutboxCall[]> {
    const seen: OutboxCall[] = [];
    await db.stores.outbox.claim(limit, (calls) => {
      seen.push(...calls);
      return dispatch(calls);
    });
    return seen;
  }

  it('hands a row out, and forgets it when the call was made', async () => {
    await add({
      kind: 'send_message',
      target: 'm1',
      channel: 'instagram',
      round: 1,
      traceId: 't1',
    });
    expect(await claim()).toEqual([
      {
        ids: [expect.any(String)],
        kind: 'send_message',
        target: 'm1',
        accountId: 'acc_1',
        channel: 'instagram',
        round: 1,
        traceId: 't1',
        attempts: 0,
        details: {},
      },
    ]);
    expect(await claim()).toEqual([]);
  });

  it('makes one call of all rows of a conversation, also of those beyond the batch', async () => {
    for (let index = 0; index < 20; index += 1) await add({ target: 'conv_1' });
    await add({ kind: 'wake_lane', target: 'conv_1' });
    const calls = await claim(1);
    expect(calls.map(({ kind, ids }) => [kind, ids.length])).toEqual([['events_ready', 20]]);
    expect(await count()).toBe(1);
  });

  it('calls for the highest round of a message', async () => {
    for (const round of [2, 3, 1]) await add({ kind: 'send_message', target: 'm1', round });
    expect(await claim()).toMatchObject([{ round: 3 }]);
  });

  it('hands each row to one of two dispatchers', async () => {
    for (let index = 0; index < 30; index += 1) await add({ target: `conv_${index}` });
    let meet = 0;
    let bothHere: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (bothHere = resolve));
    // Neither lets go of its rows before the other one has taken some.
    const dispatch = async (calls: OutboxCall[]) => {
      meet += 1;
      if (meet === 2) bothHere();
      await both;
      return answerAll('done')(calls);
    };
    const [one, two] = await Promise.all([claim(15, dispatch), claim(15, dispatch)]);
    const targets = [...one, ...two].map(({ target }) => target);
    expect(new Set(targets).size).toBe(30);
    expect(targets).toHaveLength(30);
  });

  it('gives a row to the next dispatcher only when the first has let go of it', async () => {
    await add({ target: 'conv_1' });
    const inside: OutboxCall[][] = [];
    await claim(50, async (calls) => {
      inside.push(await claim());
      return answerAll('done')(calls);
    });
    expect(inside).toEqual([[]]);
    expect(await count()).toBe(0);
  });

  it('goes round the accounts', async () => {
    for (let index = 0; index < 40; index += 1)
      await add({ target: `busy_${index}`, accountId: 'acc_busy' });
    for (const account of ['acc_2', 'acc_3']) await add({ target: account, accountId: account });
    const targets = (await claim(4)).map(({ target }) => target);
    expect(targets).toEqual(expect.arrayContaining(['busy_0', 'acc_2', 'acc_3']));
  });

  it('leaves everything as it was when the dispatch throws', async () => {
    await add({ target: 'conv_1' });
    await expect(claim(50, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await claim()).toMatchObject([{ target: 'conv_1', attempts: 0 }]);
  });

  it('brings back only what was refused, later and later', async () => {
    await add({ target: 'good' });
    await add({ target: 'bad' });
    await claim(50, (calls) =>
      Promise.resolve(
        new Map(calls.map((call) => [call, call.target === 'bad' ? 'refused' : 'done'])),
      ),
    );
    const wait = () =>
      db.value<number>('select extract(epoch from not_before - now())::float8 from outbox');
    expect(await count()).toBe(1);
    expect(await claim()).toEqual([]);
    const waits = [await wait()];
    for (let times = 0; times < 8; times += 1) {
      await db.rows('update outbox set not_before = now()');
      await claim(50, answerAll('refused'));
      waits.push(await wait());
    }
    expect(waits.map((seconds) => Math.round(seconds))).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    await db.rows('update outbox set not_before = now()');
    expect(await claim()).toMatchObject([{ target: 'bad', attempts: 9 }]);
  });

  it('keeps what nobody answered for', async () => {
    await add({ target: 'conv_1' });
    await add({ target: 'conv_2' });
    await claim(50, (calls) =>
      Promise.resolve(new Map(calls.slice(0, 1).map((call) => [call, 'done']))),
    );
    expect(await claim()).toHaveLength(1);
  });

  it('holds a row back until its time', async () => {
    await add({ target: 'later', delayMs: 60_000 });
    expect(await claim()).toEqual([]);
    expect(await db.stores.outbox.oldestDueMs()).toBeNull();
    await db.rows(`update outbox set not_before = now() - interval '5 seconds'`);
    expect(await db.stores.outbox.oldestDueMs()).toBeGreaterThanOrEqual(5_000);
    expect(await claim()).toHaveLength(1);
  });

  it('does not lose a row that is committed while its conversation is being called', async () => {
    await add({ target: 'conv_1' });
    await claim(50, async (calls) => {
      await add({ target: 'conv_1' });
      return answerAll('done')(calls);
    });
    expect(await claim()).toMatchObject([{ target: 'conv_1' }]);
  });
});
