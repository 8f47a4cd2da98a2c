import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  accepted,
  anAccount,
  anEcho,
  aStatus,
  aWebhook,
  beginAttempt,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { endWait, eventsOf, openTestStores, type TestStores } from '../support/database.ts';

describe('what a platform says of our messages', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let customer: string;

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores);
    customer = randomUUID();
  });
  afterAll(() => db.close());

  type Status = 'sent' | 'delivered' | 'read' | 'failed';
  const say = (status: Status, id: string, earlierToo = false) =>
    db.stores.inbound.receive(
      aWebhook([
        {
          ...aStatus({ accountExternalId: account.externalId, customer, id, status, earlierToo }),
          key: randomUUID(),
        },
      ]),
    );
  const sent = async (platformId: string, text = 'hello') => {
    const message = await accepted(db.stores, account.id, { recipientId: customer, text });
    await tryOnce(db.stores, message.messageId, outcome.sent(platformId));
    return message;
  };
  const statusOf = async (messageId: string) => {
    const status = await db.stores.messages.findStatus(messageId, '*');
    return status?.status;
  };
  const typesOf = async (laneId: string) => (await eventsOf(db, laneId)).map(({ type }) => type);
  const parked = () =>
    db.value<number>(
      'select count(*)::int from inbound_events where account_key = $1 and parked_at is not null',
      account.id,
    );
  const echo = (given: { id?: string; text?: string; at?: number } = {}) =>
    db.stores.inbound.receive(
      aWebhook([anEcho({ accountExternalId: account.externalId, customer, ...given })]),
    );
  const age = (interval: string) =>
    db.rows(
      'update inbound_events set parked_at = parked_at - $2::interval where account_key = $1',
      account.id,
      interval,
    );

  it('raises the status and tells the CRM each time', async () => {
    const { messageId, conversationId } = await sent('mid-1');
    await say('delivered', 'mid-1');
    await say('read', 'mid-1');
    expect(await statusOf(messageId)).toBe('read');
    expect(await typesOf(conversationId)).toEqual([
      'message.sent',
      'message.delivered',
      'message.read',
    ]);
  });

  it('never lowers it: what comes late or twice is noted and told to nobody', async () => {
    const { messageId, conversationId } = await sent('mid-2');
    for (const status of ['read', 'delivered', 'sent', 'read', 'failed'] as const)
      await say(status, 'mid-2');
    expect(await statusOf(messageId)).toBe('read');
    expect(await typesOf(conversationId)).toEqual(['message.sent', 'message.read']);
    const noted = await db.rows<{ status: string; applied: boolean }>(
      'select status, applied from message_transitions where message_id = $1 order by id',
      messageId,
    );
    expect(noted.filter(({ applied }) => !applied).map(({ status }) => status)).toEqual([
      'delivered',
      'read',
      'failed',
    ]);
  });

  it('ends a sent message as failed when the platform could not deliver it', async () => {
    const { messageId, conversationId } = await sent('mid-3');
    await say('failed', 'mid-3');
    expect(await statusOf(messageId)).toBe('failed');
    expect(await typesOf(conversationId)).toEqual(['message.sent', 'message.failed']);
  });

  it('reads everything above what was read, where the channel means that', async () => {
    const one = await sent('mid-4');
    const two = await sent('mid-5');
    const three = await sent('mid-6');
    await say('read', 'mid-5', true);
    expect(await statusOf(one.messageId)).toBe('read');
    expect(await statusOf(two.messageId)).toBe('read');
    expect(await statusOf(three.messageId)).toBe('sent');
    const read = (await eventsOf(db, one.conversationId)).filter(
      ({ type }) => type === 'message.read',
    );
    expect(read.map(({ data }) => data['message_id'])).toEqual([one.messageId, two.messageId]);
  });

  it('follows the last part of a long text', async () => {
    const { messageId } = await accepted(db.stores, account.id, {
      recipientId: customer,
      text: 'a|b',
    });
    await tryOnce(db.stores, messageId, outcome.sent('part-1'));
    await tryOnce(db.stores, messageId, outcome.sent('part-2'));
    await say('read', 'part-1');
    expect(await statusOf(messageId)).toBe('sent');
    await say('read', 'part-2');
    expect(await statusOf(messageId)).toBe('read');
  });

  it('is kept until the answer to the send tells us its id', async () => {
    const { messageId, conversationId } = await accepted(db.stores, account.id, {
      recipientId: customer,
    });
    const { attemptId } = await beginAttempt(db.stores, messageId);
    await say('delivered', 'mid-7');
    await say('read', 'mid-7');
    expect(await parked()).toBe(2);
    expect(await statusOf(messageId)).toBe('pending');
    await db.stores.sends.record({ attemptId, outcome: outcome.sent('mid-7'), durationMs: 1 });
    expect(await parked()).toBe(0);
    expect(await statusOf(messageId)).toBe('read');
    expect(await typesOf(conversationId)).toEqual([
      'message.sent',
      'message.delivered',
      'message.read',
    ]);
  });

  it('is applied by the sweep where it was left over, and given up after a week', async () => {
    const { messageId } = await sent('mid-8');
    await say('read', 'mid-unknown');
    await db.rows(
      `update message_parts set platform_message_id = 'mid-unknown' where message_id = $1`,
      messageId,
    );
    expect(await db.stores.parked.sweep(100)).toBe(1);
    expect(await statusOf(messageId)).toBe('read');
    await say('read', 'mid-nobody');
    expect(await db.stores.parked.sweep(100)).toBe(0);
    await age('8 days');
    expect(await db.stores.parked.sweep(100)).toBe(1);
    expect(await parked()).toBe(0);
  });

  it('takes an echo of a send that we know for nothing new', async () => {
    const { conversationId } = await sent('mid-9');
    await echo({ id: 'mid-9' });
    expect(await parked()).toBe(0);
    expect(await typesOf(conversationId)).toEqual(['message.sent']);
  });

  it("makes an echo that is no send's a message from the platform's own app, at once", async () => {
    await say('read', 'typed');
    await echo({ id: 'typed', text: 'typed on a phone' });
    expect(await parked()).toBe(0);
    const conversationId = await db.value<string>(
      'select id from conversations where account_id = $1',
      account.id,
    );
    const page = await db.stores.conversations.listMessages(conversationId, '*', { limit: 5 });
    expect(page?.items).toMatchObject([
      {
        direction: 'out',
        source: 'platform_app',
        text: 'typed on a phone',
        platformMessageId: 'typed',
        status: 'read',
      },
    ]);
    expect(await eventsOf(db, conversationId)).toMatchObject([
      { type: 'message.sent', data: { source: 'platform_app', text: 'typed on a phone' } },
      { type: 'message.read' },
    ]);
    expect(await db.stores.parked.sweep(100)).toBe(0);
  });

  it('leaves an echo alone while a send to that customer may still claim it', async () => {
    const { messageId, conversationId } = await accepted(db.stores, account.id, {
      recipientId: customer,
    });
    await beginAttempt(db.stores, messageId);
    await echo({ id: 'whose', text: 'something else' });
    await age('61 seconds');
    await db.stores.parked.sweep(100);
    expect(await parked()).toBe(1);
    await endWait(db, messageId, 'lease_until');
    const begin = () =>
      db.stores.sends.begin({ messageId, round: 1, attemptId: randomUUID(), leaseMs: 1 });
    await begin();
    await db.stores.parked.sweep(100);
    expect(await parked()).toBe(1);
    await endWait(db, messageId, 'evidence_until');
    await begin();
    await db.stores.parked.sweep(100);
    expect(await parked()).toBe(0);
    expect(await typesOf(conversationId)).toEqual(['message.unconfirmed', 'message.sent']);
  });

  it('takes the late echo of the first call of a resent message for that call, once', async () => {
    const { messageId, conversationId } = await accepted(db.stores, account.id, {
      recipientId: customer,
      text: 'twice',
    });
    await tryOnce(db.stores, messageId, outcome.failed('unknown'));
    await db.stores.messageActions.resend(messageId, '*');
    await tryOnce(db.stores, messageId, outcome.sent('second'));
    await echo({ id: 'second', text: 'twice' });
    await echo({ id: 'first', text: 'twice' });
    await echo({ id: 'typed', text: 'twice' });
    await age('61 seconds');
    await db.stores.parked.sweep(100);
    expect(await parked()).toBe(0);
    const page = await db.stores.conversations.listMessages(conversationId, '*', { limit: 5 });
    expect(page?.items.map((each) => [each.source, each.platformMessageId])).toEqual([
      ['platform_app', 'typed'],
      ['api', 'second'],
    ]);
  });

  it('takes no echo for a call of long before', async () => {
    const { messageId, conversationId } = await accepted(db.stores, account.id, {
      recipientId: customer,
      text: 'twice',
    });
    await tryOnce(db.stores, messageId, outcome.failed('unknown'));
    await db.stores.messageActions.confirm(messageId, '*');
    await db.rows(
      `update send_attempts set started_at = started_at - interval '1 hour' where message_id = $1`,
      messageId,
    );
    await echo({ id: 'typed', text: 'twice', at: Date.now() });
    await age('61 seconds');
    await db.stores.parked.sweep(100);
    const page = await db.stores.conversations.listMessages(conversationId, '*', { limit: 5 });
    expect(page?.items.map(({ source }) => source).sort()).toEqual(['api', 'platform_app']);
  });

  it('learns the id of a message that a person has confirmed from its late echo', async () => {
    const { messageId } = await accepted(db.stores, account.id, {
      recipientId: customer,
      text: 'seen',
    });
    await tryOnce(db.stores, messageId, outcome.failed('unknown'));
    await db.stores.messageActions.confirm(messageId, '*');
    await echo({ id: 'confirmed', text: 'seen' });
    await age('61 seconds');
    await db.stores.parked.sweep(100);
    await say('read', 'confirmed');
    expect(await statusOf(messageId)).toBe('read');
  });

  it('is not kept waiting by others that cannot be applied yet', async () => {
    const { messageId } = await accepted(db.stores, account.id, { recipientId: customer });
    await beginAttempt(db.stores, messageId);
    for (const id of ['one', 'two']) await echo({ id, text: `blocked ${id}` });
    customer = randomUUID();
    await echo({ id: 'three', text: 'free' });
    await age('61 seconds');
    for (let sweep = 0; sweep < 2; sweep += 1) await db.stores.parked.sweep(2);
    expect(
      await db.rows(
        `select platform_message_id as id from inbound_events
          where account_key = $1 and parked_at is not null order by id`,
        account.id,
      ),
    ).toEqual([{ id: 'one' }, { id: 'two' }]);
  });
});
