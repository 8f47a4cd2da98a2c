import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createFetchMessage } from '../../src/activities/fetch-message.ts';
import {
  ChannelError,
  type Author,
  type Channel,
  type ChannelErrorKind,
} from '../../src/channels/channel.ts';
import {
  aChannel,
  anAccount,
  anAnswer,
  aWebhook,
  customerMessage,
  someChannels,
} from '../support/builders.ts';
import { eventsOf, openTestStores, type TestStores } from '../support/database.ts';
import { runActivity } from './run-activity.ts';

type FetchMessage = NonNullable<Channel['fetchMessage']>;

describe('a message that its platform announces without its content', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let customer: string;

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores);
    customer = randomUUID();
  });
  afterAll(() => db.close());

  const given = () => ({ accountExternalId: account.externalId, customer });
  function announce({
    sender = true,
    at = Date.now(),
    by = 'customer',
  }: { sender?: boolean; at?: number; by?: Author } = {}) {
    return db.stores.inbound.receive(
      aWebhook([
        {
          kind: 'untold',
          key: 'untold:mid-1',
          accountExternalId: account.externalId,
          at,
          platformMessageId: 'mid-1',
          customer: sender ? { externalId: customer } : null,
          by,
          content: null,
        },
      ]),
    );
  }
  const real = (text = 'hello') => customerMessage({ ...given(), id: 'mid-1', text });
  const fetchId = () =>
    db.value<string>('select id from message_fetches where account_id = $1', account.id);
  const conversation = () =>
    db.value<string>('select id from conversations where account_id = $1', account.id);
  const told = async () =>
    (await eventsOf(db, await conversation())).map(({ type, data }) => [type, data['text']]);

  async function run(fetchMessage: FetchMessage) {
    const activity = createFetchMessage({
      fetches: db.stores.fetches,
      accounts: db.stores.accounts,
      channels: someChannels(aChannel({ name: 'instagram', fetchMessage })),
      kick: () => undefined,
    });
    return runActivity(activity, { fetchId: await fetchId() });
  }
  const answers =
    (text?: string): FetchMessage =>
    () =>
      Promise.resolve({ event: real(text), body: Buffer.from('{}') });
  const fails =
    (kind: ChannelErrorKind): FetchMessage =>
    () =>
      Promise.reject(new ChannelError(kind, '100/33', 'There is no such message.'));

  it.each([true, false])(
    'is asked for by its id and told once, its sender known: %s',
    async (sender) => {
      await announce({ sender });
      const asked: string[] = [];
      await run((_, id) => {
        asked.push(id);
        return answers()(undefined as never, id);
      });
      expect(asked).toEqual(['mid-1']);
      expect(await told()).toEqual([['message.received', 'hello']]);
    },
  );

  it('is asked for by a workflow that starts with the transaction', async () => {
    await announce();
    const [row] = await db.rows<{ kind: string; target: string }>(
      `select kind, target from outbox where account_id = $1 and kind = 'fetch_message'`,
      account.id,
    );
    expect(row).toMatchObject({ target: await fetchId() });
  });

  it('is found by the reconciler when its workflow is gone', async () => {
    await announce();
    const options = { olderThanMs: 0, everyMs: 60_000, limit: 9 };
    const find = async () => {
      await db.stores.reconcile.hasten();
      return db.stores.reconcile.takePage('message_fetch', options);
    };
    const expected = { kind: 'message_fetch', fetchId: await fetchId() } as const;
    expect(await find()).not.toContainEqual({ expected, stands: false });
    await db.rows('delete from outbox');
    expect(await find()).toContainEqual({ expected, stands: false });
    expect(await db.stores.reconcile.revive(expected)).toBe(true);
    await run(answers());
    expect(await db.stores.reconcile.revive(expected)).toBe(false);
  });

  it('is told once when its own webhook comes as well, before or after', async () => {
    await announce();
    await db.stores.inbound.receive(aWebhook([real()]));
    await run(answers());
    await db.stores.inbound.receive(aWebhook([real()]));
    await announce();
    expect(await told()).toEqual([['message.received', 'hello']]);
  });

  it('holds nobody up, nor is it told as unsupported, once its own webhook has come', async () => {
    await announce();
    const id = await fetchId();
    await db.stores.inbound.receive(aWebhook([real()]));
    expect((await db.stores.deliveries.next(await conversation(), { skipProfile: true })).do).toBe(
      'post',
    );
    for (let attempt = 1; attempt < 5; attempt += 1) await run(fails('refused')).catch(() => null);
    expect(await told()).toEqual([['message.received', 'hello']]);
    // The webhook came while the last refusal was on its way.
    await db.rows(`update message_fetches set state = 'pending', customer = $2 where id = $1`, id, {
      externalId: customer,
    });
    await db.stores.fetches.giveUp(id, { code: '100/33', reason: 'There is no such message.' });
    expect(await told()).toEqual([['message.received', 'hello']]);
  });

  it('is not asked for when it is known already', async () => {
    await db.stores.inbound.receive(aWebhook([real()]));
    await announce();
    expect(
      await db.rows('select 1 from message_fetches where account_id = $1', account.id),
    ).toEqual([]);
  });

  it('is told as unsupported, with the reason, when the platform does not give it out', async () => {
    await announce();
    for (let attempt = 1; attempt < 4; attempt += 1)
      await expect(run(fails('refused'))).rejects.toThrow(ApplicationFailure);
    await run(fails('refused'));
    const [event] = await eventsOf(db, await conversation());
    expect(event).toMatchObject({
      type: 'message.received',
      data: {
        message_type: 'unsupported',
        text: null,
        sender_id: customer,
        unsupported: { code: '100/33', reason: 'There is no such message.' },
      },
    });
  });

  it('gets its words from its own webhook after it was told as unsupported', async () => {
    await announce();
    for (let attempt = 1; attempt < 4; attempt += 1) await run(fails('refused')).catch(() => null);
    await run(fails('refused'));
    await db.stores.inbound.receive(aWebhook([real('late words')]));
    expect(await told()).toEqual([
      ['message.received', null],
      ['message.edited', 'late words'],
    ]);
  });

  it.each([{ sender: false }, { by: 'owner' as const }])(
    'raises an alert where not even its sender is known, or it is no customer: %j',
    async (given) => {
      await announce(given);
      for (let attempt = 1; attempt < 4; attempt += 1)
        await run(fails('refused')).catch(() => null);
      await run(fails('refused'));
      const alerts = await db.rows(
        `select cause from alerts where account_id = $1 and resolved_at is null`,
        account.id,
      );
      expect(alerts).toEqual([{ cause: 'message_unreadable' }]);
      expect(await db.rows('select 1 from messages where account_id = $1', account.id)).toEqual([]);
    },
  );

  it('is asked for as long as the platform is away', async () => {
    await announce();
    for (let attempt = 1; attempt < 9; attempt += 1)
      await expect(run(fails('unreachable'))).rejects.toThrow('unreachable');
    await run(answers());
    expect(await told()).toEqual([['message.received', 'hello']]);
  });

  it.each([true, false])(
    'goes to the CRM before what the customer wrote after it, its sender known: %s',
    async (sender) => {
      const at = Date.now() - 5_000;
      const write = (id: string, text: string, platformTime: number) =>
        db.stores.inbound.receive(
          aWebhook([{ ...customerMessage({ ...given(), id, text }), at: platformTime }]),
        );
      await write('mid-0', 'before', at - 1_000);
      await announce({ sender, at });
      await write('mid-2', 'after', at + 1_000);
      const next = () => db.stores.deliveries.next(lane, { skipProfile: true });
      const lane = await conversation();
      const post = async () => {
        const found = await next();
        if (found.do !== 'post') throw new Error(JSON.stringify(found));
        await db.stores.deliveries.record(found.event, anAnswer(200));
        return (JSON.parse(found.event.body) as { data: { text: string } }).data.text;
      };
      expect(await post()).toBe('before');
      expect(await next()).toMatchObject({ do: 'wait', reason: 'message being fetched' });
      await run(() =>
        Promise.resolve({ event: { ...real('between'), at }, body: Buffer.from('{}') }),
      );
      expect([await post(), await post()]).toEqual(['between', 'after']);
    },
  );

  it('holds nobody up for longer than a minute', async () => {
    await announce({ at: Date.now() - 120_000 });
    await db.stores.inbound.receive(
      aWebhook([customerMessage({ ...given(), id: 'mid-2', text: 'after' })]),
    );
    await db.rows(
      `update message_fetches set created_at = now() - interval '61 seconds'
        where account_id = $1 returning id`,
      account.id,
    );
    const found = await db.stores.deliveries.next(await conversation(), { skipProfile: true });
    expect(found.do).toBe('post');
  });
});
