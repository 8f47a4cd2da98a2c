import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestStores, type TestStores } from '../support/database.ts';

let db: TestStores;
beforeAll(async () => {
  db = await openTestStores();
});
afterAll(() => db.close());
beforeEach(() => db.rows('delete from heartbeats'));

const names = async () =>
  (await db.rows<{ name: string }>('select name from heartbeats order by name')).map(
    ({ name }) => name,
  );
const aDayPasses = () => db.rows(`update heartbeats set at = at - interval '25 hours'`);

describe('heartbeats', () => {
  it('are forgotten after a day, but for those of the receivers', async () => {
    await db.stores.heartbeats.beat('receivers');
    await db.stores.heartbeats.beat('worker:1', 'connector:telegram:1');
    await aDayPasses();
    await db.stores.heartbeats.beat('worker:2');
    expect(await names()).toEqual(['receivers', 'worker:2']);
  });

  it('go on under a name that comes back after more than a day', async () => {
    await db.stores.heartbeats.beat('worker:1');
    await aDayPasses();
    await db.stores.heartbeats.beat('worker:1');
    expect(await db.stores.heartbeats.ageMs('worker:')).toBeLessThan(10_000);
  });

  it('of a channel are not those of one whose name begins so', async () => {
    await db.stores.heartbeats.beat('connector:tele_gram:1');
    expect(await db.stores.heartbeats.ageMs('connector:tele:')).toBeNull();
    expect(await db.stores.heartbeats.ageMs('connector:tele-gram:')).toBeNull();
    expect(await db.stores.heartbeats.ageMs('connector:tele_gram:')).not.toBeNull();
  });

  it('of many processes at once do not stand in each other’s way', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, at) => db.stores.heartbeats.beat('receivers', `worker:${at}`)),
    );
    await aDayPasses();
    await Promise.all(
      Array.from({ length: 20 }, (_, at) => db.stores.heartbeats.beat('receivers', `other:${at}`)),
    );
    expect(await names()).toHaveLength(21);
  });
});
