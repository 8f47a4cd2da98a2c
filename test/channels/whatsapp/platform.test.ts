import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChannelEvent, SendRequest } from '../../../src/channels/channel.ts';
import type { OutgoingContent } from '../../../src/domain/outgoing-content.ts';
import { command } from '../../contract/sandbox-control.ts';
import { CUSTOMER, PHONE_NUMBER_ID, startWhatsApp, type WhatsAppUnderTest } from './sandbox.ts';

/** What is peculiar to WhatsApp, asked of the connector before the fake platform. */

let whatsapp: WhatsAppUnderTest;
beforeAll(async () => {
  whatsapp = await startWhatsApp();
});
afterAll(() => whatsapp?.close());

let made = 0;
const fresh = (text: string) => `${text} #${(made += 1)}`;

function send(content: string | OutgoingContent, more: Partial<SendRequest> = {}) {
  return whatsapp.channel.send(whatsapp.account, {
    recipientId: CUSTOMER,
    content: typeof content === 'string' ? { type: 'text', text: content } : content,
    refersTo: null,
    customerWroteAt: null,
    callbackData: fresh('msg'),
    deadline: performance.now() + 5000,
    answerTimeoutMs: 4000,
    ...more,
  });
}

const control = (method: string, path: string, body?: object) =>
  command(whatsapp.control, method, path, body);
/** Something that a customer does. */
const act = (customer: string, verb: string, body: object = {}) =>
  control('POST', `/customers/${customer}/${verb}`, { account: PHONE_NUMBER_ID, ...body });
const change = (customer: string, body: object) =>
  control('PUT', `/customers/${customer}`, { account: PHONE_NUMBER_ID, ...body });

type Status = Extract<ChannelEvent, { kind: 'status' }>;
const statusOf = (callbackData: string, value?: Status['status']) =>
  whatsapp.inbox.event(
    'status',
    (one) => one.callbackData === callbackData && (!value || one.status === value),
  );

const template = (name: string, ...texts: string[]): OutgoingContent => ({
  type: 'template',
  name,
  language: 'en_US',
  components: [{ type: 'body', parameters: texts.map((text) => ({ type: 'text', text })) }],
});

describe('a message that was accepted', () => {
  it('fails later when the window is closed, and a template gets through', async () => {
    await act('16505550001', 'messages', { text: 'hello' });
    await change('16505550001', { window: 'closed' });
    const recipientId = '16505550001';
    const late = fresh('late');
    expect(await send('too late', { recipientId, callbackData: late })).toMatchObject({
      class: 'sent',
    });
    expect(await statusOf(late)).toMatchObject({
      status: 'failed',
      customer: { externalId: recipientId },
      error: { code: '131047', message: expect.stringContaining('24 hours') },
    });
    const templated = fresh('template');
    await send(template('order_update', 'Ann', '42'), { recipientId, callbackData: templated });
    expect(await statusOf(templated, 'delivered')).toMatchObject({ error: null });
  });

  it('fails later when nobody is there', async () => {
    const recipientId = '16505550404';
    await control('POST', '/customers', { account: PHONE_NUMBER_ID, customer_id: recipientId });
    await change(recipientId, { on_whatsapp: false, window: 'open' });
    const callbackData = fresh('absent');
    expect(await send('anyone?', { recipientId, callbackData })).toMatchObject({ class: 'sent' });
    expect(await statusOf(callbackData)).toMatchObject({
      status: 'failed',
      error: { code: '131026' },
    });
  });

  it.each([131049, 131050, 131053, 131042, 130472])('may fail later with %s', async (code) => {
    await control('PUT', '/failures', [{ code }]);
    const callbackData = fresh('planned');
    await send('planned', { callbackData });
    expect(await statusOf(callbackData)).toMatchObject({
      status: 'failed',
      error: { code: `${code}` },
    });
  });

  it('may have its status before its answer, and its statuses the wrong way round', async () => {
    const settings = { status_before_response: true, status_order: 'reversed' };
    await control('PUT', '/settings', settings);
    const callbackData = fresh('early');
    const outcome = await send('early', { callbackData });
    const first = await statusOf(callbackData);
    const second = await statusOf(callbackData);
    await control('PUT', '/settings', { status_before_response: false, status_order: 'normal' });
    expect([first.status, second.status]).toEqual(['delivered', 'sent']);
    expect(first.platformMessageId).toBe(second.platformMessageId);
    expect(outcome).toMatchObject({ platformMessageId: first.platformMessageId });
    expect(first.key).not.toBe(second.key);
  });

  it('has one key for a status that comes twice, and is read when it is played', async () => {
    const callbackData = fresh('twice');
    const outcome = await send('twice', { callbackData });
    const id = outcome.class === 'sent' ? outcome.platformMessageId : '';
    await statusOf(callbackData, 'delivered');
    const tell = (status: string) => act(CUSTOMER, 'statuses', { message_id: id, status });
    await tell('read');
    await tell('read');
    const keys = [await statusOf(callbackData), await statusOf(callbackData)].map(({ key }) => key);
    expect(keys).toEqual([`read:${id}`, `read:${id}`]);
    await tell('played');
    expect(await statusOf(callbackData)).toMatchObject({ status: 'read', key: `played:${id}` });
  });
});

describe('templates', () => {
  it('are listed, the approved ones', async () => {
    const listed = await whatsapp.channel.listTemplates?.(whatsapp.account);
    expect(listed?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['hello_world', 'order_update']),
    );
    expect(listed?.map(({ name }) => name)).not.toContain('old_offer');
    expect(listed?.[1]).toMatchObject({
      language: 'en_US',
      status: 'APPROVED',
      category: 'UTILITY',
      components: [{ type: 'BODY', text: expect.stringContaining('{{1}}') }],
    });
  });

  it.each([
    ['with a value too few', template('order_update', 'Ann'), '132000'],
    ['that nobody approved', template('no_such_thing'), '132001'],
    ['that is paused', template('old_offer'), '132015'],
  ])('%s is refused', async (_case, content, code) => {
    const outcome = await send(content);
    expect(outcome).toMatchObject({ class: 'refused', code });
    expect(JSON.stringify(outcome)).not.toContain('Ann');
  });

  it('have buttons whose answer is a postback', async () => {
    const callbackData = fresh('buttons');
    const outcome = await send(template('table_booking', 'Ann', 'two'), { callbackData });
    const id = outcome.class === 'sent' ? outcome.platformMessageId : null;
    await act(CUSTOMER, 'presses', { message_id: id, button: 0 });
    const event = await whatsapp.inbox.event('message', (one) => one.content.type === 'postback');
    expect(event).toMatchObject({ replyTo: id, content: { text: 'Yes' } });
    expect(event.content.payload).toMatch(/./);
  });
});

describe('a customer', () => {
  it('of Brazil is one person with and without the ninth digit', async () => {
    const written = '5541987659999';
    const address = whatsapp.channel.parseRecipient(`+${written}`);
    await act('554187659999', 'messages', { text: 'oi' });
    const event = await whatsapp.inbox.event('message');
    expect(event.customer.externalId).toBe('554187659999');
    expect(address?.aliases).toContain(event.customer.externalId);
    expect(await send('olá', { recipientId: written })).toMatchObject({
      class: 'sent',
      recipientAlias: '554187659999',
    });
  });

  it('without a number is written to by the user id', async () => {
    const number = '16505550002';
    await act(number, 'messages', { text: 'with a number', name: 'Bo' });
    const before = await whatsapp.inbox.event('message');
    await change(number, { number_hidden: true, username: '@bo' });
    const text = fresh('without');
    await act(number, 'messages', { text });
    const { customer } = await whatsapp.inbox.event('message', (one) => one.content.text === text);
    expect(before.customer.aliases).toContain(customer.externalId);
    expect(customer).toEqual({ externalId: customer.externalId, name: 'Bo', username: 'bo' });
    const callbackData = fresh('bsuid');
    const outcome = await send('hi', { recipientId: customer.externalId, callbackData });
    expect(outcome).toMatchObject({ class: 'sent' });
    expect((await statusOf(callbackData)).customer).toEqual({ externalId: customer.externalId });
  });

  it('who gets another number is told by both', async () => {
    await act('16505550003', 'messages', { text: 'old number' });
    await act('16505550003', 'number-change', { number: '16505550004' });
    const event = await whatsapp.inbox.event('identity_changed');
    expect(event.customer.externalId).toBe('16505550003');
    expect(event.now.externalId).toBe('16505550004');
  });

  it('sees what was read', async () => {
    const { message_id: id } = await act(CUSTOMER, 'messages', { text: 'read this' });
    const message = { recipientId: CUSTOMER, platformMessageId: String(id) };
    await whatsapp.channel.markRead?.(whatsapp.account, message);
    const { data } = await control('GET', `/customers/${CUSTOMER}`);
    const [thread] = data as { messages: { id: string; status: string }[] }[];
    expect(thread?.messages.find((one) => one.id === id)?.status).toBe('read');
  });
});

describe('a group', () => {
  it('is a conversation with people in it, whose statuses come one by one', async () => {
    const participants = ['16505550005', '16505550006'];
    const made_ = await control('POST', '/groups', { account: PHONE_NUMBER_ID, participants });
    const group = String(made_['group_id']);
    const text = fresh('all');
    await act('16505550005', 'messages', { text, group });
    const event = await whatsapp.inbox.event('message', (one) => one.content.text === text);
    expect(event.customer).toMatchObject({
      externalId: '16505550005',
      group: { externalId: group },
    });
    const callbackData = fresh('group');
    expect(await send('to all', { recipientId: group, callbackData })).toMatchObject({
      class: 'sent',
    });
    const requests: Status[] = [];
    while (requests.length < 2) {
      const webhook = await whatsapp.inbox.next();
      requests.push(
        ...whatsapp.channel
          .receive(webhook)
          .filter((one): one is Status => one.kind === 'status' && one.status === 'delivered')
          .filter((one) => one.callbackData === callbackData),
      );
    }
    expect(requests.map(({ customer }) => customer?.externalId).toSorted()).toEqual(participants);
    expect(new Set(requests.map(({ key }) => key)).size).toBe(2);
    for (const { customer } of requests) expect(customer?.group?.externalId).toBe(group);
  });
});

describe('one webhook', () => {
  it.each(['messages', 'changes', 'entries'])(
    'with messages of several people and statuses, as %s, loses none',
    async (shape) => {
      const batch = { batch_size: 4, batch_wait_ms: 2000, batch_as: shape, statuses: ['sent'] };
      await control('PUT', '/settings', batch);
      const people = ['16505550007', '16505550008', '16505550009'];
      const texts = people.map((person) => fresh(person));
      for (const [index, person] of people.entries())
        await act(person, 'messages', { text: texts[index], name: `Name ${person}` });
      const callbackData = fresh('batch');
      await send('in between', { callbackData });
      const webhook = await nextWith(texts[0] ?? '');
      const events = whatsapp.channel.receive(webhook);
      await control('PUT', '/settings', { batch_size: 1, statuses: ALL_STATUSES });
      const messages = events.filter((one) => one.kind === 'message');
      expect(messages.map(({ content }) => content.text)).toEqual(texts);
      expect(messages.map(({ customer }) => customer.name)).toEqual(
        people.map((person) => `Name ${person}`),
      );
      expect(events.filter((one) => one.kind === 'status')).toMatchObject([{ callbackData }]);
    },
  );
});

const ALL_STATUSES = ['sent', 'delivered', 'read', 'failed'];

async function nextWith(text: string) {
  for (;;) {
    const webhook = await whatsapp.inbox.next();
    if (webhook.body.includes(text)) return webhook;
  }
}

describe('a file', () => {
  it('that was uploaded is sent by its id', async () => {
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('file', new File([Buffer.from('%PDF-1.4')], 'menu.pdf', { type: 'application/pdf' }));
    const { access_token: token } = whatsapp.account.credentials;
    const answer = await fetch(`${whatsapp.apiUrl}/${PHONE_NUMBER_ID}/media`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form,
    });
    const { id: mediaId } = (await answer.json()) as { id: string };
    const file = { url: null, mediaId, caption: null, mimeType: null, sizeBytes: null };
    const callbackData = fresh('file');
    await send({ type: 'document', ...file, fileName: 'menu.pdf' }, { callbackData });
    expect(await statusOf(callbackData, 'delivered')).toMatchObject({ error: null });
  });

  it('whose link leads nowhere fails later', async () => {
    const url = `${whatsapp.apiUrl}/no/such/file.png`;
    const file = { url, mediaId: null, caption: null, mimeType: null, sizeBytes: null };
    const callbackData = fresh('link');
    await send({ type: 'image', ...file, fileName: null }, { callbackData });
    expect(await statusOf(callbackData)).toMatchObject({
      status: 'failed',
      error: { code: '131053' },
    });
  });
});
