import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StatusEventData } from '../../src/domain/crm-event.ts';
import type { OutgoingContent } from '../../src/domain/outgoing-content.ts';
import {
  accepted,
  anAccount,
  anEcho,
  aWebhook,
  customerMessage,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { eventsOf, openTestStores, type TestStores } from '../support/database.ts';
import { takeHead } from './events.ts';

let db: TestStores;
let account: { id: string; externalId: string };

beforeAll(async () => void (db = await openTestStores()));
beforeEach(async () => {
  account = await anAccount(db.stores);
});
afterAll(() => db.close());

async function eventData(laneId: string, type: string): Promise<StatusEventData> {
  const events = await eventsOf(db, laneId);
  const found = events.find((each) => each.type === type);
  if (!found) throw new Error(`no ${type} among ${events.map((each) => each.type).join(', ')}`);
  return found.data as unknown as StatusEventData;
}

async function statusOf(messageId: string) {
  const status = await db.stores.messages.findStatus(messageId, '*');
  if (!status) throw new Error('no such message');
  return status;
}

describe('what became of a message', () => {
  it('is told with the same error, transitions and time in the status and in the event', async () => {
    const { messageId, conversationId } = await accepted(db.stores, account.id);
    await tryOnce(db.stores, messageId, outcome.failed('refused'));
    const told = await eventData(conversationId, 'message.failed');
    const asked = await statusOf(messageId);
    expect(told.error).toEqual({
      class: 'refused',
      code: 'code-refused',
      message: 'It was refused.',
    });
    expect(asked.error).toEqual(told.error);
    expect(told.transitions).toEqual(
      asked.transitions.map((each) => ({
        status: each.status,
        at: each.at.toISOString(),
        source: each.source,
        attempt: each.attempt,
        error_class: each.errorClass,
        error_code: each.errorCode,
      })),
    );
    expect(told.transitions.at(-1)).toMatchObject({ status: 'failed', error_class: 'refused' });
    expect(told.timestamp).toBe(told.transitions.at(-1)?.at);
  });

  it.each(['sent', 'failed'] as const)('has the time of its transition: %s', async (what) => {
    const { messageId, conversationId } = await accepted(db.stores, account.id);
    const came = what === 'sent' ? outcome.sent() : outcome.failed('refused');
    await tryOnce(db.stores, messageId, came);
    const told = await eventData(conversationId, `message.${what}`);
    expect(told.timestamp).toBe(told.transitions.findLast(({ status }) => status === what)?.at);
  });
});

describe('message.sent', () => {
  const file: OutgoingContent = {
    type: 'document',
    url: 'https://shop.example/1.pdf',
    mediaId: null,
    caption: 'Your invoice',
    fileName: 'invoice.pdf',
    mimeType: null,
    sizeBytes: null,
  };
  const template: OutgoingContent = {
    type: 'template',
    name: 'order_update',
    language: 'en_US',
    components: [{ type: 'body' }],
  };

  it.each([
    ['a text', { type: 'text', text: 'hello' }, 'hello', { type: 'text', text: 'hello' }],
    [
      'a file',
      file,
      'Your invoice',
      {
        type: 'document',
        url: 'https://shop.example/1.pdf',
        caption: 'Your invoice',
        file_name: 'invoice.pdf',
      },
    ],
    ['a template', template, null, template],
  ] as const)('of the API says what was sent: %s', async (_what, content, text, asked) => {
    const { messageId, conversationId } = await accepted(db.stores, account.id, {
      content: content as OutgoingContent,
      agentId: 'agent-17',
    });
    await tryOnce(db.stores, messageId, outcome.sent());
    expect(await eventData(conversationId, 'message.sent')).toMatchObject({
      source: 'api',
      message_type: content.type,
      text,
      sender_id: 'agent-17',
      content: asked,
    });
  });

  it('of a reaction or an edit names the message that it acts upon', async () => {
    const recipientId = randomUUID();
    const first = await accepted(db.stores, account.id, { recipientId });
    await tryOnce(db.stores, first.messageId, outcome.sent());
    const acts = await accepted(db.stores, account.id, {
      recipientId,
      content: { type: 'reaction', emoji: '👍' },
      refersToId: first.messageId,
    });
    await tryOnce(db.stores, acts.messageId, outcome.sent());
    const told = (await eventsOf(db, first.conversationId)).map(
      ({ data }) => (data as unknown as StatusEventData).content,
    );
    expect(told.at(-1)).toEqual({ type: 'reaction', message_id: first.messageId, emoji: '👍' });
  });

  it('of what was typed in the platform’s own app has its words, and no request', async () => {
    const customer = randomUUID();
    const echo = anEcho({ accountExternalId: account.externalId, customer, text: 'typed' });
    await db.stores.inbound.receive(aWebhook([echo]));
    await db.rows(
      `update inbound_events set parked_at = parked_at - interval '2 minutes' where account_key = $1`,
      account.id,
    );
    await db.stores.parked.sweep(100);
    const lane = await db.value<string>(
      'select conversation_id from messages where account_id = $1',
      account.id,
    );
    expect(await eventData(lane, 'message.sent')).toMatchObject({
      source: 'platform_app',
      message_type: 'text',
      text: 'typed',
      attachments: [],
      content: null,
    });
  });
});

describe('what the platform calls a customer', () => {
  it.each([
    ['a name alone', { name: 'Ana Souza' }, null, 'Ana Souza'],
    ['a user name alone', { username: 'ana' }, 'ana', null],
    ['both', { username: 'ana', name: 'Ana Souza' }, 'ana', 'Ana Souza'],
  ])('is told with what they write: %s', async (_what, names, username, name) => {
    const customer = { externalId: randomUUID(), ...names };
    const message = customerMessage({ accountExternalId: account.externalId, customer: '' });
    const { messages } = await db.stores.inbound.receive(aWebhook([{ ...message, customer }]));
    const { body } = await takeHead(db.stores, messages[0]?.conversationId ?? '');
    expect(JSON.parse(body)).toMatchObject({
      data: { sender_username: username, sender_name: name },
    });
  });
});
