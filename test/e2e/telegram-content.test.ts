import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../sandbox/http.ts';
import { readLedger } from '../support/observe.ts';
import { startRouter, type RouterUnderTest } from '../support/router.ts';

/** What Telegram's messages carry, and the places they stand in, from the phone to the CRM and back. */

const BOT = '7100000043';
const TOKEN = `${BOT}:AAe2e-token_00000000000000000000000001`;
const EVA = '5200000031';
const TOM = '5200000032';
const NEWS = '-1002200000003';
const FORUM = '-1002200000004';

type Json = Record<string, unknown>;
type Event = { type: string; conversation_id: string; data: Json };

let router: RouterUnderTest;
let account: string;

beforeAll(async () => {
  router = await startRouter({ processes: 'together' });
  await router.control('POST', '/telegram/accounts', { bot_token: TOKEN, username: 'places_bot' });
  await router.control('PUT', `/telegram/accounts/${BOT}`, { privacy: false, topics: true });
  const made = { account: BOT, type: 'supergroup' };
  for (const chat of [
    { customer_id: NEWS, title: 'News', direct_messages: true },
    { customer_id: FORUM, title: 'Forum', forum: true },
  ])
    await router.control('POST', '/telegram/customers', { ...made, ...chat });
  const created = await router.call('POST', '/api/v1/accounts', {
    ...{ channel: 'telegram', bot_token: TOKEN },
  });
  account = String(created.body['account_id']);
}, 120_000);
afterAll(() => router?.close());

const act = (chat: string, verb: string, body: object) =>
  router.control<{ message_id: number }>('POST', `/telegram/customers/${chat}/${verb}`, {
    account: BOT,
    ...body,
  });

async function event(what: string, fits: (event: Event) => boolean): Promise<Event> {
  let found: Event | undefined;
  const look = async () => {
    const calls = await readLedger(router.sandbox.url, 'crm');
    found = calls.map(({ body }) => body as Event).find(fits);
    return found !== undefined;
  };
  await until(what, look, 20_000);
  if (!found) throw new Error(`Not found: ${what}`);
  return found;
}

/** What the CRM hears of a message that is written. */
async function heard(chat: string, text: string, message: object = {}): Promise<Event> {
  await act(chat, 'messages', { text, ...message });
  return event(text, ({ type, data }) => type === 'message.received' && data['text'] === text);
}

async function inHistory({ conversation_id: id, data }: Event): Promise<Json> {
  const { body } = await router.call('GET', `/api/v1/conversations/${id}/messages`);
  const all = body['data'] as Json[];
  const found = all.find((one) => one['message_id'] === data['message_id']);
  if (!found) throw new Error(`Not in the history: ${JSON.stringify(all)}`);
  return found;
}

/** The content of what was sent, as it stands in the chat; and whose conversation it was sent in. */
async function sentTo(recipient_id: string, message: string, chat: string) {
  const { status, body } = await router.call('POST', '/api/v1/messages/send', {
    ...{ account_id: account, recipient_id, message },
  });
  expect(status).toBe(202);
  const id = String(body['message_id']);
  await router.untilStatus(id, 'sent');
  const shown = await router.control<{ data: { messages: { content: Json }[] }[] }>(
    'GET',
    `/telegram/customers/${chat}`,
  );
  const texts = shown.data[0]?.messages ?? [];
  const content = texts.find((one) => one.content['text'] === message)?.content;
  const { body: answer } = await router.call('GET', `/api/v1/messages/${id}/status`);
  return { content, conversation: String(answer['conversation_id']) };
}

const conversation = async ({ conversation_id: id }: Event) =>
  (await router.call('GET', `/api/v1/conversations/${id}`)).body;

describe('places of Telegram', () => {
  it('the direct messages of a channel are a conversation with each person', async () => {
    const eva = await heard(NEWS, 'Eva asks in private', { from: { id: EVA, name: 'Eva' } });
    const tom = await heard(NEWS, 'Tom asks in private', { from: { id: TOM, name: 'Tom' } });
    expect(tom.conversation_id).not.toBe(eva.conversation_id);
    expect(eva.data).toMatchObject({ sender_id: `${NEWS}/direct/${EVA}`, group: null });
    expect(await conversation(eva)).toMatchObject({
      ...{ type: 'DIRECT', recipient_id: `${NEWS}/direct/${EVA}` },
    });
    const sent = await sentTo(String(eva.data['sender_id']), 'answer for Eva only', NEWS);
    expect(sent.conversation).toBe(eva.conversation_id);
    expect(sent.content).toMatchObject({ direct_messages_topic: { topic_id: Number(EVA) } });
  });

  it('an answer goes into the topic of a private chat, and so does one to the person', async () => {
    const asked = await heard(EVA, 'in my topic', { thread_id: 116834 });
    expect(asked.data).toMatchObject({ sender_id: `${EVA}/116834` });
    for (const [recipient, text] of [
      [`${EVA}/116834`, 'to the topic'],
      [EVA, 'to the person'],
    ] as const) {
      const sent = await sentTo(recipient, text, EVA);
      expect(sent.conversation).toBe(asked.conversation_id);
      expect(sent.content).toMatchObject({ message_thread_id: 116834 });
    }
    const check = { account_id: account, recipient: EVA };
    const checked = await router.call('POST', '/api/v1/messages/check', check);
    expect(checked.body).toMatchObject({ conversation_id: asked.conversation_id });
  });

  it('General is the group, also when it is named as a topic', async () => {
    const general = await heard(FORUM, 'in General', { from: TOM });
    const sent = await sentTo(`${FORUM}/1`, 'to General', FORUM);
    expect(sent.conversation).toBe(general.conversation_id);
    expect(sent.content).not.toHaveProperty('message_thread_id');
    const { body } = await router.call('GET', `/api/v1/conversations?account_id=${account}`);
    const ids = (body['data'] as Json[]).map((one) => one['recipient_id']);
    expect(ids.filter((id) => String(id).startsWith(FORUM))).toEqual([FORUM]);
  });
});

describe('what a message of Telegram carries', () => {
  /** Written by Tom as a sample of the sandbox; the text may be what tells it from others. */
  async function sample(name: string, fits: (data: Json) => boolean): Promise<Event> {
    await act(TOM, 'messages', { sample: name });
    return event(name, ({ type, data }) => type === 'message.received' && fits(data));
  }
  const byType = (type: string) => (data: Json) => data['message_type'] === type;

  it.each<[string, (data: Json) => boolean, Json]>([
    [
      'hidden_link',
      (data) => data['text'] === 'My order is here, please look',
      { links: [{ text: 'here', offset: 12, url: 'https://shop.example/orders/4711' }] },
    ],
    [
      'web_app_data',
      (data) => data['text'] === 'Order',
      {
        payload: '{"items":[{"sku":"A1","qty":2}]}',
        mini_app: { data: '{"items":[{"sku":"A1","qty":2}]}', button_text: 'Order' },
      },
    ],
    ['poll', byType('poll'), { poll: { question: 'Which cup?', options: [{ text: 'red' }, {}] } }],
    [
      'dice',
      (data) => JSON.stringify(data).includes('dice'),
      { platform_data: { content: { dice: { emoji: '🎲', value: 4 } } } },
    ],
    [
      'successful_payment',
      byType('payment'),
      { payment: { payload: 'order-4711', amount_minor: 1850, amount: '18.50', currency: 'EUR' } },
    ],
    [
      'users_shared',
      (data) => data['payload'] === '7',
      { contacts: [{ platform_id: '5100000099', first_name: 'Pal' }] },
    ],
    ['venue', byType('location'), { location: { name: 'Café', address: 'Main St 1' } }],
    [
      'start',
      (data) => data['text'] === '/start spring_sale',
      { referral: { ref: 'spring_sale' } },
    ],
    ['forwarded', (data) => data['text'] === 'Two for one!', { forwarded: { from: 'Cup News' } }],
  ])('%s is in the event and in the history', async (name, fits, members) => {
    const told = await sample(name, fits);
    expect(told.data).toMatchObject(members);
    expect(await inHistory(told)).toMatchObject(members);
  });

  it('an edit that replaces the picture brings the new one', async () => {
    const picture = (name: string) => ({ type: 'photo', name });
    const { message_id } = await act(TOM, 'messages', {
      ...{ text: 'invoice', attachments: [picture('old.jpg')] },
    });
    const first = await event('invoice', ({ data }) => data['text'] === 'invoice');
    const handleOf = ({ attachments }: Json) => (attachments as Json[])[0]?.['media_id'];
    await act(TOM, 'edit', { message_id, text: 'the right one', attachment: picture('new.jpg') });
    const edited = await event(
      'the edit',
      ({ type, data }) => type === 'message.edited' && data['text'] === 'the right one',
    );
    const history = await inHistory(first);
    expect(history).toMatchObject({ text: 'the right one' });
    expect(handleOf(history)).not.toBe(handleOf(first.data));
    expect(handleOf(edited.data)).toBe(handleOf(history));
  });
});
