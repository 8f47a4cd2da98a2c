import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AlertThresholds } from '../../src/database/alert-evaluation.ts';
import { queueForMirror } from '../../src/database/mirror-queue.ts';
import type { ChannelEvent } from '../../src/channels/channel.ts';
import {
  accepted,
  anAccount,
  anEcho,
  aWebhook,
  customerMessage,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { openTestStores } from '../support/database.ts';
import { ALL_COLUMNS } from '../support/mysql.ts';
import { openMirrorStand, type MirrorStand } from './mirror-stand.ts';

let stand: MirrorStand;
beforeAll(
  async () =>
    void (stand = await openMirrorStand({
      columns: { ...ALL_COLUMNS, message: 'mediumtext not null' },
    })),
);
afterAll(() => stand?.close());
beforeEach(async () => {
  await stand.db.rows('delete from mirror_queue');
  await stand.db.rows('delete from outbox');
  await stand.crm.sql('delete from messages');
});

const outbox = () =>
  stand.db.rows(`select kind, target, account_id from outbox where kind = 'mirror_ready'`);

describe('the queue into the CRM’s database', () => {
  it('has nothing in it while the mirror is off', async () => {
    const db = await openTestStores();
    try {
      const account = await anAccount(db.stores);
      await db.stores.inbound.receive(
        aWebhook([customerMessage({ accountExternalId: account.externalId, customer: 'c' })]),
      );
      const { messageId } = await accepted(db.stores, account.id);
      await tryOnce(db.stores, messageId, outcome.sent());
      expect(await db.value('select count(*)::int from mirror_queue')).toBe(0);
      expect(await db.value(`select count(*)::int from outbox where kind = 'mirror_ready'`)).toBe(
        0,
      );
    } finally {
      await db.close();
    }
  });

  it('gets a customer’s message on receipt, and ours when the platform has taken it', async () => {
    const customer = randomUUID();
    const { messageId } = await accepted(stand.db.stores, stand.account.id, {
      recipientId: customer,
    });
    expect(await stand.states()).toEqual({});
    await tryOnce(stand.db.stores, messageId, outcome.failed('refused'));
    expect(await stand.states()).toEqual({});
    await stand.receive(customer, 'one');
    expect(await stand.states()).toEqual({ pending: 1 });
    await stand.send(customer, 'two');
    expect(await stand.states()).toEqual({ pending: 2 });
    expect(await outbox()).toHaveLength(2);
  });

  it('gets a message once, also when it is received twice and sent again', async () => {
    const customer = randomUUID();
    const event = customerMessage({ accountExternalId: stand.account.externalId, customer });
    await stand.db.stores.inbound.receive(aWebhook([event]));
    await stand.db.stores.inbound.receive(aWebhook([event]));
    const id = await stand.send(customer, 'x');
    await stand.db.database.transaction((tx) => queueForMirror(tx, id));
    expect(await stand.states()).toEqual({ pending: 2 });
  });

  it.each([
    ['template', 1],
    ['image', 1],
    ['reaction', 0],
    ['edit', 0],
  ])('gets, of a %s that we send, so many rows: %i', async (type, rows) => {
    const { messageId } = await accepted(stand.db.stores, stand.account.id);
    await stand.db.rows(
      'update messages set type = $2, text = null where id = $1',
      messageId,
      type,
    );
    await tryOnce(stand.db.stores, messageId, outcome.sent());
    await stand.run();
    expect((await stand.crm.rows()).map((row) => row['message'])).toEqual(
      rows ? [`[${type}]`] : [],
    );
  });

  it('gets what a person typed in the platform’s own app', async () => {
    const customer = randomUUID();
    const echo = anEcho({
      accountExternalId: stand.account.externalId,
      customer,
      text: 'typed there',
      at: Date.parse('2026-11-20T10:00:00Z'),
    });
    await stand.db.stores.inbound.receive(aWebhook([echo]));
    await stand.run();
    expect(await stand.crm.rows()).toMatchObject([
      { user_id: customer, direction: 'out', message: 'typed there', status: 'sent' },
    ]);
    expect(await stand.crm.rows()).toMatchObject([{ created_at: '2026-11-20 10:00:00.000' }]);
  });
});

describe('a batch', () => {
  it('names a customer who has no user name by the name that they show', async () => {
    await stand.receive('554187650001', 'hello');
    await stand.db.rows(
      `update users set name = 'Ana Souza' where id in
         (select user_id from external_identities where external_id = '554187650001')`,
    );
    await stand.send('554187650001', 'hello Ana');
    await stand.run();
    const rows = await stand.crm.rows();
    expect(rows.map((row) => row['username'])).toEqual(['Ana Souza', 'Ana Souza']);
  });

  it('writes both directions in the order of the queue, with names where they are known', async () => {
    const [lena, omar] = [randomUUID(), randomUUID()];
    const ids = [
      await stand.receive(lena, 'one', '2026-11-21T09:30:00.500Z'),
      await stand.send(lena, 'two'),
      await stand.receive(omar, 'three'),
      await stand.send(omar, 'four'),
    ];
    await stand.db.rows(
      `update users set username = 'lena.m' where id in
         (select user_id from external_identities where external_id = $1)`,
      lena,
    );
    expect(await stand.run()).toEqual({ do: 'end', lingerMs: 0 });
    const rows = await stand.crm.rows();
    expect(await stand.lines()).toEqual([
      `${lena} in one`,
      `${lena} out two`,
      `${omar} in three`,
      `${omar} out four`,
    ]);
    expect(rows.map((row) => row['username'])).toEqual(['lena.m', 'lena.m', omar, omar]);
    expect(rows.map((row) => row['message_id'])).toEqual(ids);
    expect(rows.map((row) => row['status'])).toEqual(['received', 'sent', 'received', 'sent']);
    expect(rows[0]).toMatchObject({ created_at: '2026-11-21 09:30:00.500' });
    expect(await stand.states()).toEqual({ written: 4 });
    expect(stand.log.lines.at(-1)?.fields).toMatchObject({ count: 4, message_ids: ids });
  });

  it('has the order and the times of the history, which never go back', async () => {
    const lena = randomUUID();
    const now = new Date();
    const wholeSecond = new Date(Math.floor(now.getTime() / 1000) * 1000);
    const later = new Date(wholeSecond.getTime() + 1).toISOString();
    await stand.send(lena, 'sent');
    await stand.receive(lena, 'answered', later);
    await stand.receive(lena, 'overtaken', wholeSecond.toISOString());
    await stand.run();
    expect(await stand.lines()).toEqual([
      `${lena} out sent`,
      `${lena} in overtaken`,
      `${lena} in answered`,
    ]);
    const times = (await stand.crm.rows()).map((row) => String(row['created_at']));
    expect(times).toEqual(times.toSorted());
  });

  it.each(['instagram', 'whatsapp', 'telegram'])(
    'has a caption, or a word for what has none, of every kind of message on %s',
    async (channel) => {
      const externalId = randomUUID();
      const account = await anAccount(stand.db.stores, { channel, externalId });
      const kinds = [
        'image',
        'video',
        'audio',
        'document',
        'share',
        'sticker',
        'location',
        'contacts',
      ];
      const events = kinds.flatMap((type) =>
        [null, `words of ${type}`].map((text) => {
          const event = customerMessage({ accountExternalId: externalId, customer: 'c' });
          return { ...event, content: { ...event.content, type, text } } as ChannelEvent;
        }),
      );
      await stand.db.stores.inbound.receive(aWebhook(events, { channel }));
      await stand.run();
      const rows = await stand.crm.rows();
      expect(rows.map((row) => row['message'])).toEqual(
        kinds.flatMap((type) => [`[${type}]`, `words of ${type}`]),
      );
      expect(new Set(rows.map((row) => row['channel']))).toEqual(new Set([channel]));
      expect(new Set(rows.map((row) => row['account_id']))).toEqual(new Set([account.id]));
    },
  );

  it('has at most 200 rows, and at most a megabyte of text', async () => {
    const customer = randomUUID();
    for (let at = 0; at < 250; at += 1) await stand.receive(customer, `n ${at}`);
    for (let at = 0; at < 4; at += 1) await stand.receive(customer, 'ü'.repeat(200_000));
    stand.log.lines.length = 0;
    await stand.run();
    const batches = stand.log.lines.flatMap(({ message, fields }) =>
      message.startsWith('messages are') ? [fields.count] : [],
    );
    expect(batches).toEqual([200, 52, 2]);
    expect((await stand.lines()).slice(0, 250)).toEqual(
      Array.from({ length: 250 }, (_, at) => `${customer} in n ${at}`),
    );
  });

  it('tells an operator after ten minutes that nothing is taken', async () => {
    await stand.receive(randomUUID(), 'x');
    const limits: AlertThresholds = {
      ...{ outboxMs: Infinity, workerMs: Infinity, backlogMs: Infinity },
      ...{
        endpointDownMs: Infinity,
        delayedMs: Infinity,
        messageP95Ms: Infinity,
        mirrorMs: 600_000,
      },
    };
    const open = async () => {
      await stand.db.stores.alerts.evaluate(limits);
      const { items } = await stand.db.stores.alerts.list('*', { limit: 50, open: true });
      return items.map(({ cause }) => cause).filter((cause) => cause === 'mirror_stuck');
    };
    expect(await open()).toEqual([]);
    await stand.db.rows(`update mirror_queue set queued_at = now() - interval '601 seconds'`);
    expect(await open()).toEqual(['mirror_stuck']);
    await stand.run();
    expect(await open()).toEqual([]);
  });

  it('does nothing while the mirror is off, and everything when it is on again', async () => {
    await stand.receive(randomUUID(), 'x');
    const find = () =>
      stand.db.stores.reconcile.takePage('mirror', { olderThanMs: 0, everyMs: 0, limit: 10 });
    expect(await find()).toEqual([]);
    await stand.db.rows('delete from outbox');
    expect(await find()).toEqual([{ expected: { kind: 'mirror' }, stands: false }]);
    expect(await stand.db.stores.reconcile.revive({ kind: 'mirror' })).toBe(true);
    expect(await stand.db.stores.reconcile.revive({ kind: 'mirror' })).toBe(false);
    expect(await outbox()).toHaveLength(1);
  });
});
