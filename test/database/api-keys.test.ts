import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApiKeyStore } from '../../src/database/api-key-store.ts';
import type { NewApiKey } from '../../src/database/api-key-store.ts';
import { createDatabase } from '../../src/database/database.ts';
import { createOrm } from '../../src/database/orm.ts';
import { openTestStores, type TestStores } from '../support/database.ts';

const crm: NewApiKey = { name: 'crm', role: 'crm', accountIds: ['acc_1'], expiresAt: null };

describe('an API key', () => {
  let db: TestStores;

  beforeAll(async () => void (db = await openTestStores()));
  afterAll(() => db.close());

  const keys = () => db.stores.apiKeys;

  it('says who is calling', async () => {
    const { key, view } = await keys().create(crm, 'operator');
    expect(await keys().authenticate(key)).toEqual({
      keyId: view.id,
      role: 'crm',
      accountIds: ['acc_1'],
    });
    const admin = await keys().create({ ...crm, role: 'admin', accountIds: '*' }, 'operator');
    expect(await keys().authenticate(admin.key)).toMatchObject({ role: 'admin', accountIds: '*' });
  });

  it('is kept as a hash only', async () => {
    const { key, view } = await keys().create(crm, 'operator');
    const row = JSON.stringify(await db.rows('select * from api_keys where id = $1', view.id));
    expect(row).not.toContain(key);
    expect(row).not.toContain(key.slice(12, -4));
    expect(key.startsWith(view.prefix)).toBe(true);
    expect(key.endsWith(view.last4)).toBe(true);
  });

  it('is refused when it is unknown, changed or empty', async () => {
    const { key } = await keys().create(crm, 'operator');
    for (const wrong of [key.slice(0, -1), `${key}x`, key.toUpperCase(), '', 'x'.repeat(100_000)])
      expect(await keys().authenticate(wrong)).toBeNull();
  });

  it('is refused at once everywhere when it is revoked', async () => {
    const { key, view } = await keys().create(crm, 'operator');
    const orm = await createOrm({ url: db.url, poolSize: 4 });
    try {
      const elsewhere = createApiKeyStore(await createDatabase(orm));
      expect(await elsewhere.authenticate(key)).not.toBeNull();
      expect(await keys().revoke(view.id, 'operator')).toBe(true);
      expect(await elsewhere.authenticate(key)).toBeNull();
      expect(await keys().authenticate(key)).toBeNull();
    } finally {
      await orm.close();
    }
    expect(await keys().revoke('key_unknown', 'operator')).toBe(false);
  });

  it('keeps the time of its first revocation', async () => {
    const { view } = await keys().create(crm, 'operator');
    await keys().revoke(view.id, 'operator');
    const revokedAt = () => db.value('select revoked_at from api_keys where id = $1', view.id);
    const first = await revokedAt();
    await keys().revoke(view.id, 'operator');
    expect(await revokedAt()).toEqual(first);
  });

  it('is refused from the moment it expires', async () => {
    const good = await keys().create({ ...crm, expiresAt: new Date(Date.now() + 60_000) }, 'op');
    const over = await keys().create({ ...crm, expiresAt: new Date(Date.now() - 1) }, 'op');
    expect(await keys().authenticate(good.key)).not.toBeNull();
    expect(await keys().authenticate(over.key)).toBeNull();
  });

  it('notes when it was last used, once a minute at most', async () => {
    const { key, view } = await keys().create(crm, 'operator');
    const usedAt = () => db.value<Date>('select last_used_at from api_keys where id = $1', view.id);
    await keys().authenticate(key);
    const first = await usedAt();
    await keys().authenticate(key);
    expect(await usedAt()).toEqual(first);
    await db.rows(
      `update api_keys set last_used_at = now() - interval '2 minutes' where id = $1`,
      view.id,
    );
    await keys().authenticate(key);
    expect((await usedAt()).getTime()).toBeGreaterThanOrEqual(first.getTime());
  });

  it('that was made elsewhere is stored once, however many processes start with it', async () => {
    const { key } = await keys().create(crm, 'operator');
    const own = `${key.slice(0, -10)}abcdefghij`;
    await Promise.all([1, 2, 3, 4].map(() => keys().ensure(own, { ...crm, name: 'from outside' })));
    const count = `select count(*)::int from api_keys where name = 'from outside'`;
    expect(await db.value<number>(count)).toBe(1);
    expect(await keys().authenticate(own)).not.toBeNull();
  });

  it('is listed page by page, without its secret', async () => {
    const { key } = await keys().create(crm, 'operator');
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await keys().list({ limit: 2, cursor });
      expect(page.items.length).toBeLessThanOrEqual(2);
      expect(JSON.stringify(page)).not.toContain(key);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(await db.value<number>('select count(*)::int from api_keys'));
  });
});
