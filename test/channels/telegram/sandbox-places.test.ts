import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChannelAccount, ChannelEvent } from '../../../src/channels/channel.ts';
import { createTelegram } from '../../../src/channels/telegram/index.ts';
import type { OutgoingContent } from '../../../src/domain/outgoing-content.ts';
import { openInbox, type WebhookInbox } from '../../contract/webhook-inbox.ts';
import {
  BOT,
  startFixture,
  TOKEN,
  type Fixture,
  type Json,
} from '../../sandbox/telegram-fixture.ts';

/** The places of Telegram's chats, with the sandbox as Telegram: what arrives there is answered there. */

const account: ChannelAccount = {
  id: 'acc_places',
  externalId: BOT,
  details: {},
  credentials: { bot_token: TOKEN },
};
const EVA = '5200000031';
const TOM = '5200000032';
const INBOX = '-1002200000003';
const FORUM = '-1002200000004';

let fixture: Fixture;
let channel: ReturnType<typeof createTelegram>;
let inbox: WebhookInbox;
beforeAll(async () => {
  fixture = await startFixture();
  channel = createTelegram({ apiUrl: `${fixture.sandbox.url}/telegram` });
  inbox = await openInbox(channel, account);
  await channel.connectAccount(account, `${inbox.url}/webhooks/telegram/${account.id}`);
  const made = { account: BOT, type: 'supergroup' };
  const direct = { customer_id: INBOX, title: 'News', direct_messages: true };
  await fixture.control('POST', '/customers', { ...made, ...direct, bot_status: 'administrator' });
  await fixture.control('POST', '/customers', { ...made, customer_id: FORUM, forum: true });
  await fixture.control('PUT', `/accounts/${BOT}`, { privacy: false });
});
afterAll(async () => {
  await fixture?.close();
  await inbox?.close();
});

type Told = Extract<ChannelEvent, { kind: 'message' }>;

async function heard(chat: string, message: Json): Promise<Told> {
  const [id] = await fixture.write(chat, message);
  return inbox.event('message', ({ platformMessageId }) => platformMessageId === `${chat}:${id}`);
}

/** Where the CRM would answer. */
const placeOf = ({ customer }: Told) => customer.group?.externalId ?? customer.externalId;

function send(recipientId: string, content: OutgoingContent, refersTo: string | null = null) {
  return channel.send(account, {
    ...{ recipientId, content, refersTo },
    customerWroteAt: null,
    callbackData: 'm',
    deadline: performance.now() + 5000,
    answerTimeoutMs: 4000,
  });
}

/** The chat's messages as the sandbox keeps them, newest last. */
async function shown(chat: string) {
  const { body } = await fixture.control('GET', `/customers/${chat}`);
  const [first] = body['data'] as {
    messages: { content: Json; reactions: Json; replyTo: number }[];
  }[];
  return first?.messages ?? [];
}

/** Answers a message in each way there is; what it is, the last message's own place says. */
async function answersIn(chat: string, told: Told): Promise<Json[]> {
  const place = placeOf(told);
  const before = (await shown(chat)).length;
  const text = await send(place, { type: 'text', text: 'answer' }, told.platformMessageId);
  expect(text).toMatchObject({ class: 'sent' });
  const none = { caption: null, fileName: null, mimeType: null, sizeBytes: null };
  const url = `https://cdn.example/photo.jpg`;
  const file = { type: 'image', url, mediaId: null, ...none } as const;
  expect(await send(place, file)).toMatchObject({ class: 'sent' });
  const ours = text.class === 'sent' ? text.platformMessageId : null;
  expect(await send(place, { type: 'edit', text: 'answer!' }, ours)).toMatchObject({
    class: 'sent',
  });
  const heart = { type: 'reaction', emoji: '❤' } as const;
  expect(await send(place, heart, told.platformMessageId)).toMatchObject({ class: 'sent' });
  const [words, picture] = (await shown(chat)).slice(before);
  expect(words?.content).toMatchObject({ text: 'answer!' });
  expect(words?.replyTo).toBe(Number(told.platformMessageId.split(':')[1]));
  return [words?.content ?? {}, picture?.content ?? {}];
}

describe('an answer stands where the customer wrote:', () => {
  it('in the topic of a private chat', async () => {
    const told = await heard(EVA, { text: 'in my topic', thread_id: 116834 });
    expect(placeOf(told)).toBe(`${EVA}/116834`);
    for (const content of await answersIn(EVA, told))
      expect(content).toMatchObject({ message_thread_id: 116834, is_topic_message: true });
  });

  it('in their part of a channel’s direct messages', async () => {
    const [eva, tom] = [
      await heard(INBOX, { text: 'Eva asks', from: { id: EVA, name: 'Eva' } }),
      await heard(INBOX, { text: 'Tom asks', from: { id: TOM, name: 'Tom' } }),
    ];
    expect([eva, tom].map(placeOf)).toEqual([`${INBOX}/direct/${EVA}`, `${INBOX}/direct/${TOM}`]);
    expect(eva.customer).toMatchObject({ name: 'Eva' });
    for (const content of await answersIn(INBOX, eva))
      expect(content).toMatchObject({ direct_messages_topic: { topic_id: Number(EVA) } });
  });

  it('in the topic of a group, and in General outside of all', async () => {
    const topic = await heard(FORUM, { text: 'in a topic', thread_id: 44, from: EVA });
    for (const content of await answersIn(FORUM, topic))
      expect(content).toMatchObject({ message_thread_id: 44 });
    const general = await heard(FORUM, { text: 'in General', from: EVA });
    expect(placeOf(general)).toBe(FORUM);
    for (const content of await answersIn(FORUM, general))
      expect(content).not.toHaveProperty('message_thread_id');
  });
});

describe('General, named as a topic,', () => {
  it('is written to as the group, for Telegram refuses its number', async () => {
    const refused = await fixture.bot('sendMessage', {
      ...{ chat_id: FORUM, message_thread_id: 1, text: 'x' },
    });
    expect(refused.body).toMatchObject({ error_code: 400 });
    expect(await send(`${FORUM}/1`, { type: 'text', text: 'to General' })).toMatchObject({
      class: 'sent',
    });
  });
});

describe('what the channel writes to somebody in Telegram’s own app', () => {
  it('is told as the owner’s', async () => {
    await heard(INBOX, { text: 'hello?', from: TOM });
    const [id] = await fixture.write(INBOX, { text: 'we are on it', direct_to: TOM });
    const echo = await inbox.event('echo');
    expect(echo).toMatchObject({
      platformMessageId: `${INBOX}:${id}`,
      customer: { externalId: `${INBOX}/direct/${TOM}` },
      content: { text: 'we are on it' },
    });
  });
});

describe('a topic of a group that has moved', () => {
  it('stays the topic: nothing goes to everybody instead', async () => {
    const group = '-400477';
    await fixture.act(group, 'join');
    await fixture.act(group, 'migrate', { to: '-1004004770000' });
    expect(await send(`${group}/44`, { type: 'text', text: 'x' })).toMatchObject({
      class: 'migrated',
      newRecipientId: '-1004004770000/44',
    });
  });
});
