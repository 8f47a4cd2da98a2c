import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from './http.ts';
import {
  ANA,
  type Fixture,
  NUMBER,
  NUMBER_ID,
  TOKEN,
  type Value,
  startFixture,
  text,
} from './whatsapp-fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());

/** The value that this action adds. */
async function added(path: string, body: object, customer = ANA): Promise<Value> {
  await fixture.settled();
  const before = fixture.values().length;
  const url = `/whatsapp/customers/${customer}/${path}`;
  const answer = await fixture.control('POST', url, { account: NUMBER_ID, ...body });
  expect(answer).toMatchObject({ status: 200 });
  await until('the webhook arrives', () => fixture.values().length > before);
  return fixture.values().at(-1)!;
}

/** Of the one message: what comes beside sender, id and time. */
function rest({ messages = [], message_echoes = [] }: Value): object {
  const [message] = [...messages, ...message_echoes];
  const { from: _f, from_user_id: _u, id: _i, timestamp: _t, ...others } = message ?? {};
  return others;
}

describe('what a person does reaches the webhook as', () => {
  it.each<[string, object, object]>([
    [
      'a place',
      { location: { latitude: 1.5, longitude: 2 } },
      { type: 'location', location: { latitude: 1.5, longitude: 2 } },
    ],
    [
      'contacts',
      { contacts: [{ name: { formatted_name: 'Bo' } }] },
      { type: 'contacts', contacts: [{ name: { formatted_name: 'Bo' } }] },
    ],
    [
      'an order',
      { order: { catalog_id: '1', product_items: [] } },
      { type: 'order', order: { catalog_id: '1', product_items: [] } },
    ],
    [
      'a tapped template button',
      { button: { payload: 'P', text: 'Yes' } },
      { type: 'button', button: { payload: 'P', text: 'Yes' } },
    ],
    [
      'a choice',
      { interactive: { type: 'list_reply', list_reply: { id: 'r', title: 'Row' } } },
      {
        type: 'interactive',
        interactive: { type: 'list_reply', list_reply: { id: 'r', title: 'Row' } },
      },
    ],
    [
      'a forwarded text',
      { text: 'x', forwarded: 'often' },
      { type: 'text', text: { body: 'x' }, context: { frequently_forwarded: true } },
    ],
    [
      'an ad’s referral',
      { text: 'x', referral: { source_type: 'ad' } },
      { type: 'text', text: { body: 'x' }, referral: { source_type: 'ad' } },
    ],
  ])('%s', async (_name, given, expected) => {
    expect(rest(await added('messages', given))).toEqual(expected);
  });

  it('something unsupported, with its error beside it', async () => {
    expect(rest(await added('messages', { unsupported: { type: 'poll' } }))).toMatchObject({
      type: 'unsupported',
      unsupported: { type: 'poll' },
      errors: [{ code: 131051, error_data: { details: expect.any(String) } }],
    });
  });

  it.each(['image', 'video', 'audio', 'document', 'sticker'])(
    '%s, to be fetched in two steps',
    async (type) => {
      const base64 = Buffer.from(`a ${type}`).toString('base64');
      const caption = ['image', 'video', 'document'].includes(type) ? { caption: 'see' } : {};
      const value = await added('messages', { media: { type, base64, ...caption } });
      const message = rest(value) as Record<string, Record<string, string>>;
      expect(message[type]).toMatchObject({
        id: expect.any(String),
        mime_type: expect.any(String),
        ...caption,
      });
      const authorization = { authorization: `Bearer ${TOKEN}` };
      const described = await fixture.graph('GET', `/${message[type]?.['id']}`);
      for (const url of [String(described.body['url']), message[type]?.['url'] ?? '']) {
        const fetched = await fetch(url, { headers: authorization });
        expect(await fetched.text()).toBe(`a ${type}`);
      }
    },
  );

  it('media with the id alone, where the platform is older', async () => {
    await fixture.settings({ media_url: false });
    const message = rest(await added('messages', { media: { type: 'audio', voice: true } }));
    expect(message).toEqual({
      type: 'audio',
      audio: {
        id: expect.any(String),
        mime_type: expect.any(String),
        sha256: expect.any(String),
        voice: true,
      },
    });
    await fixture.settings({ media_url: true });
  });

  it('a reply, a reaction, its end in both forms, an edit and a revoke', async () => {
    const id = await fixture.write(ANA, { text: 'hello' });
    expect(rest(await added('messages', { text: 'this', reply_to: id }))).toMatchObject({
      context: { from: ANA, id },
    });
    const reaction = async (given: object) =>
      rest(await added('reactions', { message_id: id, ...given }));
    expect(await reaction({ emoji: '😮' })).toEqual({
      type: 'reaction',
      reaction: { message_id: id, emoji: '😮' },
    });
    expect(await reaction({ emoji: null })).toEqual({
      type: 'reaction',
      reaction: { message_id: id, emoji: '' },
    });
    expect(await reaction({ emoji: null, absent: true })).toEqual({
      type: 'reaction',
      reaction: { message_id: id },
    });
    expect(rest(await added('edit', { message_id: id, text: 'hello!' }))).toEqual({
      type: 'edit',
      edit: { original_message_id: id, message: { type: 'text', text: { body: 'hello!' } } },
    });
    expect(rest(await added('revoke', { message_id: id }))).toEqual({
      type: 'revoke',
      revoke: { original_message_id: id },
    });
  });

  it('a press of a button that the business sent', async () => {
    await fixture.write(ANA, { text: 'hello' });
    const interactive = {
      type: 'button',
      body: { text: 'Well?' },
      action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Yes' } }] },
    };
    const { body } = await fixture.send(`+${ANA}`, { type: 'interactive', interactive });
    const id = body.messages?.[0]?.id;
    await fixture.statuses(id, 2);
    expect(rest(await added('presses', { message_id: id, button: 0 }))).toEqual({
      type: 'interactive',
      interactive: { type: 'button_reply', button_reply: { id: 'y', title: 'Yes' } },
      context: { from: NUMBER, id },
    });
  });

  it('a message of somebody whose number is hidden, by the user id alone', async () => {
    const [kim, hidden] = ['491511234569', { account: NUMBER_ID, number_hidden: true }];
    await fixture.control('PUT', `/whatsapp/customers/${kim}`, { ...hidden, username: '@kim' });
    const value = await added('messages', { text: 'hi' }, kim);
    expect(value.contacts).toEqual([
      { profile: { username: '@kim' }, user_id: expect.any(String) },
    ]);
    expect(value.messages?.[0]).not.toHaveProperty('from');
    expect(value.messages?.[0]?.['from_user_id']).toBe(value.contacts?.[0]?.['user_id']);
    expect(JSON.stringify(value)).not.toContain(`"${kim}"`);
  });

  it('a changed number, under which the chat goes on', async () => {
    const [old, next] = ['491511234560', '491511234561'];
    await fixture.write(old, { text: 'hello' });
    const value = await added('number-change', { number: next }, old);
    expect(rest(value)).toMatchObject({
      type: 'system',
      system: { type: 'user_changed_number', wa_id: next },
    });
    const later = await added('messages', { text: 'still me' }, next);
    expect(later.messages?.[0]).toMatchObject({ from: next });
  });

  it('a message in a group', async () => {
    await fixture.control('POST', '/whatsapp/groups', {
      account: NUMBER_ID,
      group_id: 'g',
      participants: [ANA],
    });
    const value = await added('messages', { text: 'all', group: 'g' });
    expect(value.messages?.[0]).toMatchObject({ from: ANA, group_id: 'g' });
  });

  it('an echo of what was typed, changed and taken back in the business app', async () => {
    const value = await added('app-messages', { text: 'from the app' });
    const [echo] = value.message_echoes ?? [];
    expect(echo).toMatchObject({
      from: NUMBER,
      to: ANA,
      type: 'text',
      text: { body: 'from the app' },
    });
    const id = echo?.['id'];
    expect(rest(await added('app-messages', { message_id: id, text: 'better' }))).toMatchObject({
      type: 'edit',
      edit: { original_message_id: id },
    });
    expect(rest(await added('app-messages', { message_id: id, revoke: true }))).toMatchObject({
      type: 'revoke',
    });
  });

  it('exactly what a test gives, with contacts or errors alone if need be', async () => {
    expect(rest(await added('raw', { messages: [{ type: 'surprise', surprise: 1 }] }))).toEqual({
      type: 'surprise',
      surprise: 1,
    });
    const alone = await added('raw', { contacts: [], errors: [{ code: 131000 }] });
    expect(alone).toMatchObject({ errors: [{ code: 131000 }] });
  });
});

describe('the control API of WhatsApp', () => {
  it.each([
    [
      'POST',
      `/whatsapp/customers/${ANA}/messages`,
      { account: NUMBER_ID },
      'expected exactly one of',
    ],
    [
      'POST',
      `/whatsapp/customers/${ANA}/messages`,
      { account: NUMBER_ID, text: 'x', order: {} },
      'expected exactly one of',
    ],
    ['PUT', '/whatsapp/settings', { batch_size: 0 }, '/batch_size'],
    ['PUT', '/whatsapp/failures', [{ code: 'x' }], '/0/code'],
    [
      'POST',
      '/whatsapp/groups',
      { account: NUMBER_ID, participants: Array(9).fill(ANA) },
      'up to 8',
    ],
  ])('refuses %s %s with a wrong body and says where', async (method, path, body, where) => {
    const answer = await fixture.control(method, path, body);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body['details'])).toContain(where);
  });

  it('names a number or customer that is not there, and shows no token', async () => {
    const path = '/whatsapp/customers/4999999999/read';
    expect((await fixture.control('POST', path, { account: NUMBER_ID })).status).toBe(404);
    expect((await fixture.control('POST', path, { account: '1' })).status).toBe(404);
    await fixture.send(`+${ANA}`, text('x'));
    for (const shown of ['/whatsapp/accounts', '/whatsapp/received', '/whatsapp/webhooks'])
      expect(JSON.stringify((await fixture.control('GET', shown)).body)).not.toContain(TOKEN);
  });
});
