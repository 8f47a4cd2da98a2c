import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import type { ChannelEvent } from '../../src/channels/channel.ts';
import type { MessageView } from '../../src/database/conversation-store.ts';
import {
  accepted,
  aMessage,
  anAccount,
  aStatus,
  aWebhook,
  customerMessage,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { openTestStores, until, type TestStores } from '../support/database.ts';

describe('the order of a conversation', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let customer: string;

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores);
    customer = randomUUID();
  });
  afterAll(() => db.close());

  const laneOf = (recipientId: string) =>
    db.value<string>('select id from conversations where recipient_id = $1', recipientId);

  /** Oldest first. */
  async function history(conversationId: string): Promise<MessageView[]> {
    const page = await db.stores.conversations.listMessages(conversationId, '*', { limit: 100 });
    return (page?.items ?? []).toReversed();
  }

  /** Sends what waits, head by head; the ids in the order in which the platform got them. */
  async function sendAll(conversationId: string): Promise<string[]> {
    const sent: string[] = [];
    for (;;) {
      const head = await db.value<string | null>(
        'select head_message_id from conversations where id = $1',
        conversationId,
      );
      if (head === null || sent.includes(head)) return sent;
      await tryOnce(db.stores, head, outcome.sent());
      sent.push(head);
    }
  }

  /** The bodies of the lane's events, as the CRM gets them. */
  async function eventsTold(lane: string) {
    const bodies = [];
    for (;;) {
      const next = await db.stores.deliveries.next(lane, { skipProfile: true });
      if (next.do !== 'post') return bodies;
      bodies.push(JSON.parse(next.event.body) as Body);
      await db.rows(
        `update webhook_deliveries set state = 'delivered' where id = $1`,
        next.event.id,
      );
    }
  }

  const receive = (texts: string[], given: { at?: number | null; reorderWindowMs?: number } = {}) =>
    db.stores.inbound.receive(
      aWebhook(
        texts.map((text) =>
          customerMessage({
            accountExternalId: account.externalId,
            customer,
            text,
            at: given.at === undefined ? Date.now() : given.at,
          }),
        ),
        { reorderWindowMs: given.reorderWindowMs ?? 0 },
      ),
    );

  it.each([2, 5, 10, 50])(
    'is one and the same to all who look, when %p messages are sent at once',
    async (count) => {
      const recipientId = customer;
      const answers = await Promise.all(
        Array.from({ length: count }, () =>
          db.stores.messages.accept(aMessage(account.id, { recipientId })),
        ),
      );
      const told = answers.flatMap((answer) => ('message' in answer ? [answer.message] : []));
      expect(told).toHaveLength(count);
      const [{ conversationId } = { conversationId: '' }] = told;
      const sent = await sendAll(conversationId);
      const items = await history(conversationId);
      expect(items.map(({ id }) => id)).toEqual(sent);
      expect(told.toSorted(byPosition).map(({ messageId }) => messageId)).toEqual(sent);
      expect(items.map(({ position }) => position)).toEqual(upTo(count));
      expectNoStepBack(items.map(({ createdAt }) => createdAt));
      const events = await eventsTold(conversationId);
      expect(events.map(({ data }) => data.message_id)).toEqual(sent);
      expect(events.map(({ data }) => data.position)).toEqual(upTo(count));
    },
  );

  it('is kept by sends, customers and automatic answers that come at once', async () => {
    await db.stores.autoReplies.create(account.id, A_RULE, 'test');
    const { conversationId } = await accepted(db.stores, account.id, { recipientId: customer });
    await Promise.all(
      upTo(12).map((step) =>
        step % 2 === 0
          ? receive([`hello ${step}`])
          : accepted(db.stores, account.id, { recipientId: customer }),
      ),
    );
    const items = await history(conversationId);
    expect(items.filter(({ source }) => source === 'auto_reply').length).toBeGreaterThan(0);
    expect(items.map(({ position }) => position)).toEqual(upTo(items.length));
    expectNoStepBack(items.map(({ createdAt }) => createdAt));
    const waiting = items.filter(({ direction }) => direction === 'out').map(({ id }) => id);
    expect(await sendAll(conversationId)).toEqual(waiting);
  });

  it('does not go by when a transaction began, but by who had the lane first', async () => {
    const { conversationId } = await accepted(db.stores, account.id, { recipientId: customer });
    const holder = new pg.Client({ connectionString: db.url });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `${account.id}|${customer}`,
    ]);
    const late = receive(['began first']);
    await until(async () => {
      const waits = `select count(*)::int from pg_locks where locktype = 'advisory' and not granted`;
      return (await db.value<number>(waits)) > 0;
    });
    const second = await accepted(db.stores, account.id, { recipientId: customer });
    await holder.query('commit');
    await holder.end();
    await late;
    const items = await history(conversationId);
    expect(items.map(({ id }) => id).slice(1, 2)).toEqual([second.messageId]);
    expect(items.at(-1)?.text).toBe('began first');
    expectNoStepBack(items.map(({ createdAt }) => createdAt));
  });

  it('stands still where the clock goes back', async () => {
    const { conversationId } = await accepted(db.stores, account.id, { recipientId: customer });
    const ahead = '2999-01-01T00:00:00.000Z';
    await db.rows(
      'update conversations set last_activity_at = $2 where id = $1',
      conversationId,
      ahead,
    );
    await accepted(db.stores, account.id, { recipientId: customer });
    await receive(['hello']);
    const times = (await history(conversationId)).map(({ createdAt }) => createdAt);
    expect(times.slice(1).map((time) => time.toISOString())).toEqual([ahead, ahead]);
  });

  it('has a place for what a process of the release before stores', async () => {
    const { conversationId } = await accepted(db.stores, account.id, { recipientId: customer });
    await db.rows(
      `insert into messages (id, account_id, conversation_id, direction, source, channel, type)
       values ($1, $2, $3, 'in', 'customer', 'instagram', 'text')`,
      randomUUID(),
      account.id,
      conversationId,
    );
    await accepted(db.stores, account.id, { recipientId: customer });
    const items = await history(conversationId);
    expect(items.map(({ position }) => position)).toEqual([1, 2, 3]);
    expectNoStepBack(items.map(({ createdAt }) => createdAt));
  });

  it('goes on at the same message with a cursor of the release before', async () => {
    let conversationId = '';
    for (let index = 0; index < 4; index += 1)
      ({ conversationId } = await accepted(db.stores, account.id, { recipientId: customer }));
    const [first, second, third] = await history(conversationId);
    const micros = await db.value<string>(
      'select (extract(epoch from created_at) * 1000000)::bigint from messages where id = $1',
      third?.id,
    );
    const cursor = Buffer.from(`${micros}|${third?.id}`).toString('base64url');
    const page = await db.stores.conversations.listMessages(conversationId, '*', {
      limit: 10,
      cursor,
    });
    expect(page?.items.map(({ id }) => id)).toEqual([second?.id, first?.id]);
  });

  it('has customers’ messages as the CRM is told of them, where one has overtaken another', async () => {
    const { conversationId } = await accepted(db.stores, account.id, { recipientId: customer });
    const window = { reorderWindowMs: 60_000 };
    await receive(['written third'], { at: 3_000, ...window });
    await accepted(db.stores, account.id, { recipientId: customer, text: 'answer' });
    await receive(['written second', 'in the same second'], { at: 2_000, ...window });
    await receive(['written first'], { at: 1_000, ...window });
    await db.rows(
      'update webhook_deliveries set held_until = stored_at where lane_id = $1',
      conversationId,
    );
    const events = await eventsTold(conversationId);
    const told = events.filter(({ type }) => type === 'message.received');
    expect(told.map(({ data }) => data.text)).toEqual([
      'written first',
      'written second',
      'in the same second',
      'written third',
    ]);
    const items = await history(conversationId);
    const received = items.filter(({ direction }) => direction === 'in');
    expect(received.map(({ id }) => id)).toEqual(told.map(({ data }) => data.message_id));
    expect(received.map(({ position }) => position)).toEqual(told.map(({ data }) => data.position));
    expect(items.map(({ position }) => position)).toEqual(upTo(6));
    expect(items.findIndex(({ text }) => text === 'answer')).toBe(2);
    expectNoStepBack(items.map(({ createdAt }) => createdAt));
  });

  it('never makes a message younger than what was done to it', async () => {
    const window = { reorderWindowMs: 60_000 };
    await receive(['ahead'], { at: 9_000, ...window });
    const lane = await laneOf(customer);
    await db.rows(`update messages set edited_at = created_at where conversation_id = $1`, lane);
    await receive(['behind'], { at: 1_000, ...window });
    const ahead = (await history(lane)).find(({ text }) => text === 'ahead');
    expect(ahead?.position).toBe(2);
    expect(ahead?.editedAt?.getTime()).toBeGreaterThanOrEqual(ahead?.createdAt.getTime() ?? NaN);
  });

  it('changes no more once the CRM was told', async () => {
    await receive(['told'], { at: 2_000 });
    const [told] = await eventsTold(await laneOf(customer));
    await receive(['came late'], { at: 1_000 });
    const items = await history(await laneOf(customer));
    expect(items.map(({ text }) => text)).toEqual(['told', 'came late']);
    expect(items[0]?.position).toBe(told?.data.position);
  });

  it('has the order of the events, however customers’ messages arrive', async () => {
    const step = fc.record({
      second: fc.option(fc.integer({ min: 1, max: 5 })),
      after: fc.constantFrom('nothing', 'send', 'tell'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
        customer = randomUUID();
        const { conversationId } = await accepted(db.stores, account.id, { recipientId: customer });
        const told: Body[] = [];
        const tell = async () => {
          const next = await db.stores.deliveries.next(conversationId, { skipProfile: true });
          if (next.do !== 'post') return false;
          told.push(JSON.parse(next.event.body) as Body);
          await db.rows(
            `update webhook_deliveries set state = 'delivered' where id = $1`,
            next.event.id,
          );
          return true;
        };
        for (const { second, after } of steps) {
          await receive([`at ${second}`], { at: second === null ? null : second * 1_000 });
          if (after === 'send') await accepted(db.stores, account.id, { recipientId: customer });
          if (after === 'tell') await tell();
        }
        while (await tell());
        const items = await history(conversationId);
        const received = items.filter(({ direction }) => direction === 'in');
        expect(received.map(({ id }) => id)).toEqual(told.map(({ data }) => data.message_id));
        expect(received.map(({ position }) => position)).toEqual(
          told.map(({ data }) => data.position),
        );
        expect(items.map(({ position }) => position)).toEqual(upTo(items.length));
        expectNoStepBack(items.map(({ createdAt }) => createdAt));
      }),
      { numRuns: 25 },
    );
  });

  it('has no change of a message before the message', async () => {
    const given = { accountExternalId: account.externalId, customer };
    const written = customerMessage({ ...given, text: 'before' });
    const { platformMessageId, customer: by } = written;
    const { accountExternalId } = given;
    const change = { accountExternalId, customer: by, platformMessageId, by: 'customer' } as const;
    const edited: ChannelEvent = {
      ...{ ...change, kind: 'edited', key: randomUUID(), at: Date.now() },
      ...{ content: written.content, revision: null },
    };
    const deleted: ChannelEvent = { ...change, kind: 'deleted', key: randomUUID(), at: Date.now() };
    await db.stores.inbound.receive(aWebhook([written, edited, deleted]));
    const [item] = await history(await laneOf(customer));
    const times = [item?.createdAt, item?.editedAt, item?.deletedAt].flatMap((time) => time ?? []);
    expect(times).toHaveLength(3);
    expectNoStepBack(times);
  });

  it('leaves a message that is sent once more in its place', async () => {
    const { messageId, conversationId } = await accepted(db.stores, account.id, {
      recipientId: customer,
    });
    await tryOnce(db.stores, messageId, outcome.failed('refused'));
    const { messageId: second } = await accepted(db.stores, account.id, { recipientId: customer });
    await db.stores.messageActions.resend(messageId, '*');
    expect((await history(conversationId)).map(({ id }) => id)).toEqual([messageId, second]);
    expect((await db.stores.messages.findStatus(messageId, '*'))?.position).toBe(1);
  });

  describe('of what becomes of a message', () => {
    const say = (status: 'delivered' | 'read', id: string, at: number) =>
      db.stores.inbound.receive(
        aWebhook([
          {
            ...aStatus({ accountExternalId: account.externalId, customer, id, status }),
            key: randomUUID(),
            at,
          },
        ]),
      );

    it.each([
      ['in whole seconds', () => Math.floor(Date.now() / 1000) * 1000 - 1000],
      ['by a clock that is behind', () => Date.now() - 3_600_000],
      ['by a clock that is ahead', () => Date.now() + 3_600_000],
    ])('never goes back, whatever the platform tells %s', async (_, at) => {
      const { messageId, conversationId } = await accepted(db.stores, account.id, {
        recipientId: customer,
      });
      const id = randomUUID();
      await tryOnce(db.stores, messageId, outcome.sent(id));
      await say('delivered', id, at());
      await say('read', id, Date.now());
      const found = await db.stores.messages.findStatus(messageId, '*');
      expect(found?.transitions.map(({ status }) => status)).toEqual([
        'pending',
        'sent',
        'delivered',
        'read',
      ]);
      const times = found?.transitions.map((each) => each.at) ?? [];
      expectNoStepBack([found?.createdAt ?? new Date(), ...times]);
      expect(times.at(-1)?.getTime()).toBeLessThanOrEqual(Date.now());
      // An event tells the time of its own transition, and the last of those that it lists is its own.
      for (const { type, data } of await eventsTold(conversationId)) {
        expect(data.timestamp).toBe(data.transitions?.at(-1)?.at);
        expect(type).toBe(`message.${data.transitions?.at(-1)?.status}`);
        expectNoStepBack((data.transitions ?? []).map((each) => new Date(each.at)));
      }
    });
  });
});

type Body = {
  type: string;
  data: {
    message_id: string;
    position: number;
    timestamp: string;
    text?: string;
    transitions?: { status: string; at: string }[];
  };
};

const A_RULE = {
  enabled: true,
  priority: 1,
  match: 'contains',
  pattern: 'hello',
  caseSensitive: false,
  activeHours: null,
  cooldownSeconds: 0,
  text: 'Thank you',
} as const;

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

const byPosition = (a: { position: number }, b: { position: number }) => a.position - b.position;

function expectNoStepBack(times: Date[]): void {
  const inOrder = times.toSorted((a, b) => a.getTime() - b.getTime());
  expect(times).toEqual(inOrder);
}
