import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConversationStore } from '../../src/database/conversation-store.ts';
import { createDatabase } from '../../src/database/database.ts';
import { createOrm } from '../../src/database/orm.ts';
import { InvalidCursor, type Page, type PageRequest } from '../../src/database/page.ts';
import { accepted, anAccount } from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';

describe('a list, page by page', () => {
  let db: TestStores;
  let account: { id: string };
  let conversationId: string;

  beforeAll(async () => {
    db = await openTestStores();
    account = await anAccount(db.stores);
    const recipientId = randomUUID();
    for (let index = 0; index < 12; index += 1)
      ({ conversationId } = await accepted(db.stores, account.id, { recipientId }));
    for (let index = 0; index < 11; index += 1) await accepted(db.stores, account.id);
    // Times that a Date would make equal, and times that are.
    await db.rows(
      `update messages set created_at = '2026-11-21 10:00:00.123+00'::timestamptz
              + (lane_seq % 4) * interval '1 microsecond'`,
    );
    await db.rows(`update conversations set last_activity_at = '2026-11-21 10:00:00.123456+00'`);
  });
  afterAll(() => db.close());

  const conversations = (page: PageRequest) => db.stores.conversations.list('*', page);
  const messages = async (page: PageRequest) => {
    const found = await db.stores.conversations.listMessages(conversationId, '*', page);
    if (!found) throw new Error('no such conversation');
    return found;
  };

  async function readAll(
    list: (page: PageRequest) => Promise<Page<{ id: string }>>,
    limit: number,
  ) {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ limit, cursor });
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return ids;
  }

  it.each([1, 2, 5, 12, 100])('of %p loses and repeats no conversation', async (limit) => {
    const ids = await readAll(conversations, limit);
    expect(ids).toHaveLength(12);
    expect(new Set(ids).size).toBe(12);
  });

  it.each([1, 2, 5, 12, 100])('of %p loses and repeats no message', async (limit) => {
    const ids = await readAll(messages, limit);
    expect(ids).toHaveLength(12);
    expect(new Set(ids).size).toBe(12);
    expect(ids).toEqual(await readAll(messages, 100));
  });

  it('loses and repeats none where the server lives in another time zone', async () => {
    for (const zone of ['America/Sao_Paulo', 'Asia/Kolkata', 'UTC']) {
      const name = await db.value<string>('select current_database()');
      await db.rows(`alter database ${name} set timezone to '${zone}'`);
      // Connections have the zone with which they were opened.
      const orm = await createOrm({ url: db.url, poolSize: 2 });
      const store = createConversationStore(await createDatabase(orm));
      const list = async (page: PageRequest) =>
        (await store.listMessages(conversationId, '*', page)) ?? { items: [], nextCursor: null };
      expect(await readAll(list, 5)).toHaveLength(12);
      await orm.close();
    }
  });

  it('keeps its place when something new comes in between', async () => {
    const first = await messages({ limit: 6 });
    await accepted(db.stores, account.id, {
      recipientId: await db.value<string>(
        'select recipient_id from conversations where id = $1',
        conversationId,
      ),
    });
    const second = await messages({ limit: 50, cursor: first.nextCursor ?? '' });
    const ids = [...first.items, ...second.items].map(({ id }) => id);
    expect(new Set(ids).size).toBe(12);
  });

  it('shows only what the caller may see', async () => {
    const other = await anAccount(db.stores);
    const { conversationId: foreign } = await accepted(db.stores, other.id);
    const seen = await db.stores.conversations.list([account.id], { limit: 100 });
    expect(seen.items.map(({ id }) => id)).not.toContain(foreign);
    const asked = { limit: 100, accountId: other.id };
    expect((await db.stores.conversations.list([account.id], asked)).items).toEqual([]);
    expect((await db.stores.conversations.list('*', asked)).items).toHaveLength(1);
    expect(await db.stores.conversations.find(foreign, [account.id])).toBeNull();
    expect(
      await db.stores.conversations.listMessages(foreign, [account.id], { limit: 1 }),
    ).toBeNull();
  });

  it.each([
    ['', 'nothing'],
    ['!!', 'no base64'],
    [btoa('hello'), 'another text'],
    [btoa('1|conv_1|x'), 'too many parts'],
    [btoa('99999999999999999999|conv_1'), 'a time beyond all times'],
    [btoa(`1e5|conv_1`), 'a number of another form'],
    [btoa('2026-99-99 99:99:99+00|conv_1'), 'a date that is none'],
    [btoa("1|conv_'; drop table messages; --"), 'SQL'],
    [btoa('1|conv_\0'), 'NUL'],
  ])('refuses the cursor %p: %s', async (cursor) => {
    await expect(conversations({ limit: 5, cursor })).rejects.toBeInstanceOf(InvalidCursor);
    await expect(messages({ limit: 5, cursor })).rejects.toBeInstanceOf(InvalidCursor);
  });

  it('refuses the cursor of another list', async () => {
    const cursor = (await conversations({ limit: 1 })).nextCursor ?? '';
    await expect(messages({ limit: 5, cursor })).rejects.toBeInstanceOf(InvalidCursor);
    const other = (await messages({ limit: 1 })).nextCursor ?? '';
    await expect(conversations({ limit: 5, cursor: other })).rejects.toBeInstanceOf(InvalidCursor);
  });

  it.each(['-99999999999999999|', '99999999999999999|'])(
    'takes any time that a cursor may name (%p)',
    async (micros) => {
      const cursor = Buffer.from(`${micros}${randomUUID()}`).toString('base64url');
      await expect(messages({ limit: 5, cursor })).resolves.toBeDefined();
    },
  );
});
