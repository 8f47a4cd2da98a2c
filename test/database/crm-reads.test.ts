import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConversationFilter } from '../../src/database/conversation-store.ts';
import {
  accepted,
  anAccount,
  aWebhook,
  customerMessage,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';
import { takeHead } from './events.ts';

let db: TestStores;
let account: { id: string; externalId: string };

beforeAll(async () => void (db = await openTestStores()));
beforeEach(async () => {
  account = await anAccount(db.stores);
});
afterAll(() => db.close());

type Customer = {
  externalId: string;
  name?: string;
  aliases?: string[];
  group?: { externalId: string; title?: string };
};

async function write(customer: Customer, text = 'hello') {
  const message = customerMessage({ accountExternalId: account.externalId, customer: '', text });
  const { messages } = await db.stores.inbound.receive(aWebhook([{ ...message, customer }]));
  const [stored] = messages;
  if (!stored) throw new Error('nothing was stored');
  return stored;
}

async function found(filter: ConversationFilter, limit = 2): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await db.stores.conversations.list([account.id], { ...filter, limit, cursor });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

describe('the list of conversations', () => {
  it('finds a customer by any id that the platform has for them, and a group by its own', async () => {
    const [one, alias, group] = [randomUUID(), randomUUID(), randomUUID()];
    const direct = await write({ externalId: one, aliases: [alias] });
    const inGroup = await write({ externalId: randomUUID(), group: { externalId: group } });
    await write({ externalId: randomUUID() });
    expect(await found({ recipientIds: [one] })).toEqual([direct.conversationId]);
    expect(await found({ recipientIds: [alias] })).toEqual([direct.conversationId]);
    expect(await found({ recipientIds: [group] })).toEqual([inGroup.conversationId]);
    expect(await found({ recipientIds: [randomUUID()] })).toEqual([]);
    expect(await found({ recipientIds: [one], type: 'GROUP' })).toEqual([]);
    expect(await found({ type: 'GROUP' })).toEqual([inGroup.conversationId]);
  });

  it('never finds a customer of an account outside of the scope', async () => {
    const customer = randomUUID();
    const mine = await write({ externalId: customer });
    const other = await anAccount(db.stores);
    await accepted(db.stores, other.id, { recipientId: customer });
    expect(await found({ recipientIds: [customer] })).toEqual([mine.conversationId]);
    expect(await found({ recipientIds: [customer], accountId: other.id })).toEqual([]);
    const all = await db.stores.conversations.list('*', { limit: 9, recipientIds: [customer] });
    expect(all.items).toHaveLength(2);
  });

  it('has each conversation once over its pages under every filter', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1)
      ids.unshift((await write({ externalId: randomUUID() })).conversationId);
    // Times that a Date would make equal, and times that are.
    await db.rows(
      `update conversations set created_at = '2026-11-21 10:00:00+00',
              last_activity_at = '2026-11-21 10:00:00.123+00'::timestamptz
                + (length(id) % 2) * interval '1 microsecond' where account_id = $1`,
      account.id,
    );
    const at = (time: string) => new Date(`2026-11-21T${time}Z`);
    const filters: ConversationFilter[] = [
      { channel: 'instagram' },
      { from: at('10:00:00.123'), to: at('10:00:00.124') },
      { createdFrom: at('10:00:00'), createdTo: at('10:00:01') },
      { accountId: account.id, type: 'DIRECT' },
    ];
    for (const filter of filters)
      for (const limit of [1, 3, 7, 50]) {
        const listed = await found(filter, limit);
        expect(listed.toSorted()).toEqual(ids.toSorted());
      }
    expect(await found({ channel: 'telegram' })).toEqual([]);
    expect(await found({ to: at('10:00:00.123') })).toEqual([]);
    expect(await found({ createdFrom: at('10:00:01') })).toEqual([]);
  });

  it('counts the messages of both sides, and has the beginning of the newest', async () => {
    const customer = randomUUID();
    await write({ externalId: customer });
    const { conversationId, messageId } = await accepted(db.stores, account.id, {
      recipientId: customer,
      text: 'x'.repeat(500),
    });
    expect(await db.stores.conversations.find(conversationId, '*')).toMatchObject({
      messageCount: 2,
      lastMessage: {
        ...{ id: messageId, direction: 'out', type: 'text', text: 'x'.repeat(200) },
        status: 'pending',
        createdAt: expect.any(Date),
      },
    });
  });
});

describe('in a group', () => {
  it('who wrote and who reacted are found among the participants', async () => {
    const group = { externalId: randomUUID(), title: 'Team' };
    const [ana, ben] = [randomUUID(), randomUUID()];
    const { conversationId, messageId } = await write({ externalId: ana, name: 'Ana', group });
    await write({ externalId: ben, name: 'Ben', group });
    const target = await db.value<string>(
      'select platform_message_id from messages where id = $1',
      messageId,
    );
    const event = customerMessage({ accountExternalId: account.externalId, customer: '' });
    const reaction = {
      ...{ kind: 'reaction', key: randomUUID(), accountExternalId: account.externalId, at: null },
      ...{ by: 'customer', action: 'react', emoji: '👍', platformMessageId: target },
      customer: { externalId: ben, name: 'Ben', group },
    } as unknown as typeof event;
    await db.stores.inbound.receive(aWebhook([reaction]));
    const conversation = await db.stores.conversations.find(conversationId, '*');
    const byId = new Map(conversation?.participants.map((each) => [each.senderId, each]));
    expect([...byId.keys()].toSorted()).toEqual([ana, ben].toSorted());
    const page = await db.stores.conversations.listMessages(conversationId, '*', { limit: 9 });
    const [second, first] = page?.items ?? [];
    expect(second).toMatchObject({ senderId: ben, senderName: 'Ben', senderUsername: null });
    expect(first).toMatchObject({
      senderId: ana,
      senderName: 'Ana',
      reactions: [{ from: 'in', senderId: ben, participant_id: byId.get(ben)?.id }],
    });
    const { body } = await takeHead(db.stores, conversationId);
    expect(JSON.parse(body)).toMatchObject({ data: { sender_id: ana, sender_name: 'Ana' } });
  });

  it('a member stored by an older release is found as well', async () => {
    const group = { externalId: randomUUID() };
    const ana = randomUUID();
    const { conversationId } = await write({ externalId: ana, group });
    await db.rows('update users set platform_id = null');
    const conversation = await db.stores.conversations.find(conversationId, '*');
    expect(conversation?.participants).toMatchObject([{ senderId: ana }]);
  });
});

describe('one message', () => {
  it('of ours has its sending, its key and the content that was asked for', async () => {
    const { messageId } = await accepted(db.stores, account.id, {
      text: 'hello',
      agentId: 'agent-17',
      idempotencyKey: 'order-1',
    });
    await tryOnce(db.stores, messageId, outcome.failed('refused'));
    const whole = await db.stores.conversations.findMessage(messageId, [account.id]);
    expect(whole).toMatchObject({
      message: {
        ...{ id: messageId, direction: 'out', status: 'failed', senderId: 'agent-17' },
        error: { class: 'refused', code: 'code-refused', message: 'It was refused.' },
        transitions: [{ status: 'pending' }, { status: 'failed' }],
      },
      sending: { accountId: account.id, retryCount: 0, errors: [{ class: 'refused' }] },
      idempotencyKey: 'order-1',
      content: { type: 'text', text: 'hello' },
    });
    const status = await db.stores.messages.findStatus(messageId, '*');
    expect(whole?.message.transitions).toEqual(status?.transitions);
    expect(await db.stores.conversations.findMessage(messageId, ['acc_other'])).toBeNull();
  });

  it('of a customer has no sending', async () => {
    const { messageId } = await write({ externalId: 'c-1', name: 'Ana' });
    expect(await db.stores.conversations.findMessage(messageId, '*')).toMatchObject({
      message: { direction: 'in', status: null, senderId: 'c-1', senderName: 'Ana' },
      sending: { retryCount: 0, transitions: [], errors: [], parts: [] },
      content: null,
    });
    expect(await db.stores.messages.findStatus(messageId, '*')).toBeNull();
  });
});
