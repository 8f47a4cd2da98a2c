import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChannelEvent } from '../../src/channels/channel.ts';
import { anAccount, aWebhook, customerMessage } from '../support/builders.ts';
import { countDeadlocks, eventsOf, openTestStores, type TestStores } from '../support/database.ts';

describe('a webhook of a platform', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let customer: string;

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores);
    customer = randomUUID();
  });
  afterAll(() => db.close());

  const receive = (...events: ChannelEvent[]) => db.stores.inbound.receive(aWebhook(events));
  const message = (given: Partial<Parameters<typeof customerMessage>[0]> = {}) =>
    customerMessage({ accountExternalId: account.externalId, customer, ...given });
  const other = (event: Record<string, unknown> & { kind: string; key: string }) =>
    ({
      accountExternalId: account.externalId,
      at: null,
      customer: { externalId: customer },
      ...event,
    }) as unknown as ChannelEvent;
  const conversation = () =>
    db.value<string>(
      'select conversation_id from external_identities where account_id = $1 and external_id = $2',
      account.id,
      customer,
    );
  const history = async () =>
    (await db.stores.conversations.listMessages(await conversation(), '*', { limit: 50 }))?.items ??
    [];

  it('becomes a message, a conversation and an event for the CRM', async () => {
    const at = Date.UTC(2026, 10, 21, 9, 30);
    const result = await receive(message({ text: 'good morning', id: 'mid-in', at }));
    expect(result).toMatchObject({ stored: 1, duplicates: 0, unreadable: 0 });
    expect(result.messages).toEqual([
      {
        messageId: expect.any(String),
        accountId: account.id,
        conversationId: await conversation(),
      },
    ]);
    expect(await history()).toMatchObject([
      {
        direction: 'in',
        source: 'customer',
        text: 'good morning',
        status: null,
        platformMessageId: 'mid-in',
        platformTimestamp: new Date(at),
      },
    ]);
    expect(await eventsOf(db, await conversation())).toMatchObject([
      {
        type: 'message.received',
        data: {
          message_id: result.messages[0]?.messageId,
          sender_id: customer,
          recipient_id: account.externalId,
          channel: 'instagram',
          message_type: 'text',
          text: 'good morning',
          attachments: [],
          timestamp: '2026-11-21T09:30:00.000Z',
        },
      },
    ]);
    expect(
      await db.rows(
        `select count(*)::int as n from outbox where kind = 'events_ready' and target = $1`,
        await conversation(),
      ),
    ).toEqual([{ n: 1 }]);
  });

  it('is kept byte for byte', async () => {
    const body = Buffer.from([0x7b, 0x00, 0xff, 0xed, 0xa0, 0x80, 0x7d]);
    await db.stores.inbound.receive(aWebhook([message({ id: 'raw' })], { body }));
    const kept = await db.value<Buffer>(
      `select r.body from inbound_requests r join inbound_events e on e.request_id = r.id
        where e.account_key = $1 and e.event_key = 'message:raw'`,
      account.id,
    );
    expect(kept.equals(body)).toBe(true);
  });

  it('is taken once when the platform sends it again, and when it is in the batch twice', async () => {
    const event = message();
    expect(await receive(event, event)).toMatchObject({ stored: 1, duplicates: 1 });
    expect(await receive(event)).toMatchObject({ stored: 0, duplicates: 1, messages: [] });
    expect(await history()).toHaveLength(1);
  });

  it('is taken once when ten requests bring it at the same time', async () => {
    const events = [message(), message()];
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        receive(...(index % 2 === 0 ? events : [...events].reverse())),
      ),
    );
    expect(results.reduce((sum, { stored }) => sum + stored, 0)).toBe(2);
    expect(await history()).toHaveLength(2);
    const conversations = 'select count(*)::int from conversations where account_id = $1';
    expect(await db.value<number>(conversations, account.id)).toBe(1);
  });

  it('is taken once per account', async () => {
    const second = await anAccount(db.stores);
    const id = `same-${randomUUID()}`;
    const twin = customerMessage({ accountExternalId: second.externalId, customer, id });
    expect(await receive(message({ id }), twin)).toMatchObject({ stored: 2 });
  });

  it('does not get stuck with another one that names the same accounts the other way round', async () => {
    const second = await anAccount(db.stores);
    const pairs = Array.from({ length: 12 }, (_, index) => {
      const events = [
        message({ id: `x${index}-${customer}` }),
        customerMessage({ accountExternalId: second.externalId, customer }),
      ];
      return index % 2 === 0 ? events : events.reverse();
    });
    const deadlocks = await countDeadlocks(db, ({ inbound }) =>
      Promise.all(pairs.map((events) => inbound.receive(aWebhook(events)))),
    );
    expect(deadlocks).toBe(0);
    expect(await history()).toHaveLength(12);
  });

  it('is kept raw when it is for an account that we do not know', async () => {
    const stranger = customerMessage({ accountExternalId: 'nobody', customer, id: customer });
    expect(await receive(stranger)).toMatchObject({ stored: 1, messages: [] });
    expect(await receive(stranger)).toMatchObject({ stored: 0, duplicates: 1 });
    const key = `select account_key from inbound_events where event_key = $1`;
    expect(await db.value(key, `message:${customer}`)).toBe('unknown:nobody');
  });

  it('is kept raw and counted where it cannot be read, beside what can', async () => {
    const unreadable: ChannelEvent = {
      kind: 'unreadable',
      accountExternalId: null,
      key: randomUUID(),
      at: null,
    };
    expect(await receive(unreadable, message())).toMatchObject({ stored: 2, unreadable: 1 });
    expect(await history()).toHaveLength(1);
  });

  it('is kept for an account that is disabled', async () => {
    await db.stores.accounts.update(account.id, { enabled: false }, 'test');
    expect(await receive(message())).toMatchObject({ stored: 1 });
    expect(await history()).toHaveLength(1);
  });

  it('is stored without NUL and with whole characters only', async () => {
    await receive(message({ text: 'a\0b\ud83d c' }));
    expect((await history())[0]?.text).toBe('ab\ufffd c');
    const [event] = await eventsOf(db, await conversation());
    expect(event?.data['text']).toBe('ab\ufffd c');
  });

  it('changes a message that the customer edits, takes back or reacts to', async () => {
    const reaction = (action: string, emoji: string | null) =>
      other({
        kind: 'reaction',
        key: randomUUID(),
        platformMessageId: customer,
        by: 'customer',
        action,
        emoji,
      });
    await receive(message({ id: customer, text: 'helo' }));
    await receive(
      other({
        kind: 'edited',
        key: randomUUID(),
        platformMessageId: customer,
        by: 'customer',
        content: { type: 'text', text: 'hello', attachments: [] },
        revision: null,
      }),
    );
    await receive(reaction('react', '👍'));
    await receive(reaction('react', '❤️'));
    expect((await history())[0]).toMatchObject({
      text: 'hello',
      editedAt: expect.any(Date),
      reactions: [{ emoji: '❤️', from: 'in' }],
    });
    await receive(reaction('unreact', null));
    await receive(
      other({ kind: 'deleted', key: randomUUID(), platformMessageId: customer, by: 'customer' }),
    );
    expect((await history())[0]).toMatchObject({
      text: null,
      deletedAt: expect.any(Date),
      reactions: [],
    });
    const events = await eventsOf(db, await conversation());
    expect(events.map(({ type }) => type)).toEqual([
      'message.received',
      'message.edited',
      'message.reaction',
      'message.reaction',
      'message.reaction',
      'message.deleted',
    ]);
    const [messageId] = (await history()).map(({ id }) => id);
    for (const { data } of events) expect(data['message_id']).toBe(messageId);
  });

  it('changes nothing when it speaks of a message that is not ours', async () => {
    await receive(message());
    const unknown = { platformMessageId: 'no such message', key: randomUUID() };
    const result = await receive(other({ kind: 'deleted', by: 'customer', ...unknown }));
    expect(result).toMatchObject({ stored: 1, messages: [] });
    expect(await eventsOf(db, await conversation())).toHaveLength(1);
  });
});
