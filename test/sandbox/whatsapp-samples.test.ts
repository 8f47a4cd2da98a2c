import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MESSAGE_SAMPLES } from '../../sandbox/whatsapp/message-samples.ts';
import { receive } from '../../src/channels/whatsapp/receive.ts';
import { until } from './http.ts';
import {
  ANA,
  type Fixture,
  NUMBER,
  NUMBER_ID,
  type Value,
  startFixture,
} from './whatsapp-fixture.ts';

type Told = { field: string; value: Value };
type Json = Record<string, unknown>;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture?.close());

/** Every change of every webhook so far, with its field. */
function changes(): Told[] {
  type Body = { entry: { changes: Told[] }[] };
  return fixture.receiver.received.flatMap(({ body }) =>
    (body as unknown as Body).entry.flatMap((entry) => entry.changes),
  );
}

/** The change that this action adds, and the id that it answers. */
async function told(path: string, body: object, customer = ANA): Promise<Told & { id: string }> {
  await fixture.settled();
  const before = changes().length;
  const url = `/whatsapp/customers/${customer}/${path}`;
  const answer = await fixture.control('POST', url, { account: NUMBER_ID, ...body });
  expect(answer).toMatchObject({ status: 200 });
  await until('the webhook arrives', () => changes().length > before);
  return { ...changes().at(-1)!, id: String(answer.body['message_id']) };
}

/** What the router reads of the newest webhook. */
function read(): Json {
  const body = Buffer.from(fixture.receiver.received.at(-1)?.raw ?? '');
  const [event] = receive({ body, headers: {}, query: {} } as never);
  return event as unknown as Json;
}

describe('messages of every kind', () => {
  it('are listed, and come as the list shows them', async () => {
    const { body } = await fixture.control('GET', '/whatsapp/samples');
    const samples = body['data'] as { sample: string; members: Json }[];
    expect(samples.map(({ sample }) => sample)).toEqual(Object.keys(MESSAGE_SAMPLES));
    for (const { sample, members } of samples) {
      const { value, id } = await told('messages', { sample });
      expect(value.messages).toEqual([expect.objectContaining({ ...members, id, from: ANA })]);
    }
  });

  it.each([
    ['ad_referral', 'referral'],
    ['request_welcome', 'referral'],
    ['asked_about_product', 'product'],
    ['shared_product', 'product'],
    ['order', 'order'],
    ['contact_card', 'contacts'],
    ['contact_with_email_only', 'contacts'],
    ['place', 'location'],
    ['list_row', 'answer'],
    ['form_answer', 'answer'],
    ['call_permission', 'answer'],
    ['template_button', 'answer'],
    ['forwarded_often', 'forwarded'],
    ['on_the_phone_only', 'unsupported'],
    ['poll', 'unsupported'],
  ])('%s is what the router tells as `%s`', async (sample, member) => {
    await told('messages', { sample });
    expect(read()).toMatchObject({ content: { details: { [member]: expect.anything() } } });
  });

  it('can have members changed, and no name that is not listed', async () => {
    const order = { catalog_id: '801', product_items: [] };
    const { value } = await told('messages', { sample: 'order', members: { order } });
    expect(value.messages?.[0]).toMatchObject({ type: 'order', order });
    const wrong = { account: NUMBER_ID, sample: 'constructor' };
    const path = `/whatsapp/customers/${ANA}/messages`;
    expect(await fixture.control('POST', path, wrong)).toMatchObject({ status: 400 });
  });

  it('say why there is nothing to be shown, with any code', async () => {
    const { value } = await told('messages', {
      unsupported: { code: 131060, title: 'Unavailable', details: 'Open the phone' },
    });
    const error = { code: 131060, title: 'Unavailable', error_data: { details: 'Open the phone' } };
    expect(value.messages?.[0]).toMatchObject({ errors: [error] });
  });

  it('come under `standby` while another app holds the thread', async () => {
    const { field, value } = await told('messages', { text: 'hi', standby: true });
    expect({ field, words: value.messages?.[0]?.['text'] }).toEqual({
      field: 'standby',
      words: { body: 'hi' },
    });
    expect(read()).toMatchObject({ content: { details: { standby: true } } });
  });
});

describe('what the owner does in the app is an echo', () => {
  const act = async (body: object) => {
    const { field, value, id } = await told('app-messages', body);
    expect(field).toBe('smb_message_echoes');
    expect(value.message_echoes?.[0]).toMatchObject({ from: NUMBER, to: ANA });
    return { id, echo: value.message_echoes?.[0] };
  };

  it('of a text, a file with its caption, a change, a reaction and a taking back', async () => {
    const { id, echo } = await act({ text: 'typed' });
    expect(echo).toMatchObject({ id, type: 'text', text: { body: 'typed' } });
    const file = await act({ media: { type: 'image', caption: 'see' } });
    expect(file.echo).toMatchObject({
      image: { id: expect.any(String), mime_type: 'image/png', caption: 'see' },
    });
    const original = { original_message_id: id };
    expect((await act({ message_id: id, text: 'better' })).echo).toMatchObject({
      edit: { ...original, message: { type: 'text', text: { body: 'better' } } },
    });
    const theirs = await fixture.write(ANA, { text: 'hello' });
    expect((await act({ message_id: theirs, emoji: '👍' })).echo).toMatchObject({
      reaction: { message_id: theirs, emoji: '👍' },
    });
    expect((await act({ message_id: theirs, emoji: null })).echo).toMatchObject({
      reaction: { message_id: theirs, emoji: '' },
    });
    expect((await act({ message_id: id, revoke: true })).echo).toMatchObject({ revoke: original });
    expect(read()).toMatchObject({ kind: 'deleted', by: 'owner' });
  });

  it('or refused where nothing is said', async () => {
    const path = `/whatsapp/customers/${ANA}/app-messages`;
    const id = await fixture.write(ANA, { text: 'hello' });
    for (const body of [{}, { message_id: id }])
      expect(await fixture.control('POST', path, { account: NUMBER_ID, ...body })).toMatchObject({
        status: 400,
      });
  });
});

describe('webhooks can be', () => {
  it('of a change that comes before its message', async () => {
    await fixture.settled();
    const before = changes().length;
    await fixture.control('POST', '/whatsapp/webhooks', { mode: 'hold' });
    const id = await fixture.write(ANA, { text: 'three cups' });
    const edit = { account: NUMBER_ID, message_id: id, text: 'two cups' };
    await fixture.control('POST', `/whatsapp/customers/${ANA}/edit`, edit);
    await fixture.control('POST', '/whatsapp/webhooks', { mode: 'reverse' });
    await until('both arrive', () => changes().length === before + 2);
    const types = changes()
      .slice(before)
      .map(({ value }) => value.messages?.[0]?.['type']);
    expect(types).toEqual(['edit', 'text']);
  });

  it('with flags as text', async () => {
    await fixture.settings({ flags_as_text: true });
    const { value } = await told('messages', { text: 'x', forwarded: 'often' });
    expect(value.messages?.[0]).toMatchObject({ context: { frequently_forwarded: 'true' } });
    expect(read()).toMatchObject({ content: { details: { forwarded: { frequently: true } } } });
    await fixture.settings({ flags_as_text: false });
  });

  it('of a changed number in the older words, and without contacts', async () => {
    const [old, next] = ['491511234570', '491511234571'];
    await fixture.write(old, { text: 'hello' });
    const change = { number: next, named: 'customer', contacts: false };
    const { value } = await told('number-change', change, old);
    expect(value).not.toHaveProperty('contacts');
    expect(value.messages?.[0]).toMatchObject({
      system: { type: 'customer_changed_number', wa_id: next, customer: old },
    });
    expect(read()).toMatchObject({ kind: 'identity_changed', now: { externalId: next } });
  });
});
