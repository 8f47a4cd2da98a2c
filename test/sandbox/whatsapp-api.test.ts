import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ANA,
  type Fixture,
  NUMBER,
  NUMBER_ID,
  TOKEN,
  WABA_ID,
  startFixture,
  text,
} from './whatsapp-fixture.ts';
import { startReceiver } from './receiver.ts';
import { request } from './http.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
  await fixture.write(ANA, { text: 'hello' });
});
afterEach(() => fixture.close());

const to = `+${ANA}`;
type Shown = { text: string | null; type: string; media: { id: string | null } | null };
const onPhone = async (customer = ANA): Promise<Shown[]> => {
  const { body } = await fixture.control('GET', `/whatsapp/customers/${customer}`);
  const [thread] = body['data'] as { messages: (Shown & { from: string })[] }[];
  return (thread?.messages ?? []).filter(({ from }) => from === 'business');
};

describe('a message of the business', () => {
  it('is answered with the number that WhatsApp knows and an id that holds it', async () => {
    const answer = await fixture.send('+49 151 1234567', text('olá 😀'));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      messaging_product: 'whatsapp',
      contacts: [{ input: '+49 151 1234567', wa_id: ANA }],
      messages: [{ id: expect.stringMatching(/^wamid\./) }],
    });
    const id = answer.body.messages?.[0]?.id.slice('wamid.'.length) ?? '';
    expect(Buffer.from(id, 'base64').toString('latin1')).toContain(ANA);
    expect(await onPhone()).toMatchObject([{ text: 'olá 😀' }]);
  });

  it.each<[string, object, string]>([
    [
      'a picture by link',
      { type: 'image', image: { link: 'https://example.com/a.png', caption: 'see' } },
      'see',
    ],
    [
      'a place',
      { type: 'location', location: { latitude: 1, longitude: 2, name: 'Café' } },
      '📍 Café · 1, 2',
    ],
    ['a contact', { type: 'contacts', contacts: [{ name: { formatted_name: 'Bo' } }] }, '👤 Bo'],
    [
      'buttons',
      {
        type: 'interactive',
        interactive: {
          type: 'button',
          body: { text: 'Well?' },
          action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Yes' } }] },
        },
      },
      'Well?',
    ],
    [
      'a template with its parameters filled in',
      {
        type: 'template',
        template: {
          name: 'order_update',
          language: { code: 'en_US' },
          components: [
            {
              type: 'body',
              parameters: [
                { type: 'text', text: 'Ana' },
                { type: 'text', text: 'A-7' },
              ],
            },
          ],
        },
      },
      'Hi Ana, your order A-7 is on its way.',
    ],
  ])('may be %s', async (_name, message, shown) => {
    expect((await fixture.send(to, message)).status).toBe(200);
    expect((await onPhone()).at(-1)?.text).toBe(shown);
  });

  it.each<[string, object, number]>([
    ['without the product', { messaging_product: 'sms', ...text('x') }, 131008],
    ['without text', text(' '), 131008],
    ['of more than 4096 characters', text('x'.repeat(4097)), 100],
    ['of an unknown type', { type: 'poem', poem: {} }, 131051],
    ['with media that is neither id nor link', { type: 'image', image: {} }, 100],
    [
      'with a caption on audio',
      { type: 'audio', audio: { link: 'https://x.example', caption: 'c' } },
      100,
    ],
    [
      'with four buttons',
      {
        type: 'interactive',
        interactive: { type: 'button', body: { text: 'x' }, action: { buttons: [1, 2, 3, 4] } },
      },
      100,
    ],
    ['to the business itself', { to: `+${NUMBER}`, ...text('x') }, 131021],
    [
      'with callback data that is too long',
      { ...text('x'), biz_opaque_callback_data: 'x'.repeat(513) },
      131009,
    ],
    [
      'as a reaction to nothing',
      { type: 'reaction', reaction: { message_id: 'wamid.x', emoji: '👍' } },
      131009,
    ],
    [
      'with an unknown template',
      { type: 'template', template: { name: 'nope', language: { code: 'en_US' } } },
      132001,
    ],
    [
      'with a template in another language',
      { type: 'template', template: { name: 'hello_world', language: { code: 'pt_BR' } } },
      132001,
    ],
    [
      'with too few parameters',
      { type: 'template', template: { name: 'order_update', language: { code: 'en_US' } } },
      132000,
    ],
    [
      'with a parameter of another kind',
      {
        type: 'template',
        template: {
          name: 'order_update',
          language: { code: 'en_US' },
          components: [
            {
              type: 'body',
              parameters: [
                { type: 'image', image: {} },
                { type: 'text', text: 'x' },
              ],
            },
          ],
        },
      },
      132012,
    ],
    [
      'with a paused template',
      { type: 'template', template: { name: 'old_offer', language: { code: 'en_US' } } },
      132015,
    ],
  ])('%s is refused', async (_name, message, code) => {
    const answer = await fixture.send(to, message);
    expect([answer.status, answer.body.error?.code]).toEqual([400, code]);
    expect(await onPhone()).toEqual([]);
  });

  it('quotes another one, and reacts to one of the customer', async () => {
    const asked = await fixture.write(ANA, { text: 'which one?' });
    await fixture.send(to, { ...text('that one'), context: { message_id: asked } });
    const react = (emoji: string) =>
      fixture.send(to, { type: 'reaction', reaction: { message_id: asked, emoji } });
    const answer = await react('👍');
    const path = `/whatsapp/customers/${ANA}`;
    const messages = async () =>
      (
        (await fixture.control('GET', path)).body['data'] as {
          messages: Record<string, unknown>[];
        }[]
      )[0]?.messages;
    expect(await messages()).toMatchObject([
      { text: 'hello' },
      { id: asked, reactions: { business: '👍' } },
      { text: 'that one', replyTo: asked },
    ]);
    expect(await fixture.statuses(answer.body.messages?.[0]?.id, 1)).toMatchObject([
      { status: 'sent' },
    ]);
    await react('');
    expect((await messages())?.[1]).toMatchObject({ reactions: {} });
  });

  it('marks what the customer wrote as read, and shows that it is typing', async () => {
    const id = await fixture.write(ANA, { text: 'hello?' });
    const read = { messaging_product: 'whatsapp', status: 'read', message_id: id };
    const path = `/${NUMBER_ID}/messages`;
    const typing = { ...read, typing_indicator: { type: 'text' } };
    expect((await fixture.graph('POST', path, typing)).body).toEqual({ success: true });
    const { body } = await fixture.control('GET', `/whatsapp/customers/${ANA}`);
    const [thread] = body['data'] as { messages: { status: string }[] }[];
    expect(thread?.messages.map(({ status }) => status)).toEqual(['read', 'read']);
    const wrong = await fixture.graph('POST', path, { ...read, message_id: 'wamid.x' });
    expect(wrong.body.error?.code).toBe(100);
  });
});

describe('who gets a message', () => {
  it.each([
    ['+5541987650009', '554187650009'],
    ['+5215512345678', '525512345678'],
    ['+5491123456789', '541123456789'],
  ])('of %s is %s, as WhatsApp rewrites it', async (input, waId) => {
    const answer = await fixture.send(input, text('x'));
    expect(answer.body.contacts).toEqual([{ input, wa_id: waId }]);
  });

  it('is the person who wrote, whichever form of the number is used', async () => {
    await fixture.write('5541987650009', { text: 'with the ninth digit' });
    const answer = await fixture.send('+554187650009', text('hi'));
    expect(answer.body.contacts).toEqual([{ input: '+554187650009', wa_id: '5541987650009' }]);
    expect(await onPhone('5541987650009')).toHaveLength(1);
  });

  it('gets the business’s country code where there is no plus, unless that is turned off', async () => {
    const waIdOf = async (input: string) =>
      (await fixture.send(input, text('x'))).body.contacts?.[0]?.wa_id;
    expect(await waIdOf('5550100')).toBe('15550100');
    await fixture.settings({ country_code: 'never' });
    expect(await waIdOf(ANA)).toBe(ANA);
  });

  it('may be named by the user id alone; an authentication template needs the number', async () => {
    await fixture.write('US.4242', { text: 'no number here', username: '@kim' });
    const bsuid = { to: undefined, recipient: 'US.4242' };
    const answer = await fixture.send('', { ...bsuid, ...text('hi') });
    expect(answer.body.contacts).toEqual([{ input: 'US.4242', user_id: 'US.4242' }]);
    const [status] = await fixture.statuses(answer.body.messages?.[0]?.id, 1);
    expect(status).toMatchObject({ recipient_user_id: 'US.4242' });
    expect(status).not.toHaveProperty('recipient_id');
    await fixture.control('POST', '/whatsapp/templates', {
      ...{ account: NUMBER_ID, name: 'code', category: 'AUTHENTICATION', body: 'Your code' },
    });
    const template = { name: 'code', language: { code: 'en_US' } };
    const refused = await fixture.send('', { ...bsuid, type: 'template', template });
    expect(refused.body.error?.code).toBe(131062);
  });

  it('is `to` where both are given', async () => {
    await fixture.write('US.4242', { text: 'x' });
    const answer = await fixture.send(to, { recipient: 'US.4242', ...text('hi') });
    expect(answer.body.contacts).toEqual([{ input: to, wa_id: ANA }]);
  });

  it('may be a group, which takes neither buttons nor a foreign id', async () => {
    const participants = [ANA, '491511234568'];
    const group = { account: NUMBER_ID, group_id: 'g1', participants };
    expect((await fixture.control('POST', '/whatsapp/groups', group)).status).toBe(201);
    const toGroup = { recipient_type: 'group', to: 'g1' };
    const answer = await fixture.send('', { ...toGroup, ...text('all of you') });
    expect(answer.body).toMatchObject({ group_id: 'g1', contacts: [{ wa_id: 'g1' }] });
    const statuses = await fixture.statuses(answer.body.messages?.[0]?.id, 4);
    expect(new Set(statuses.map((status) => status['recipient_participant_id']))).toEqual(
      new Set(participants),
    );
    expect(statuses[0]).toMatchObject({ recipient_id: 'g1', recipient_type: 'group' });
    const wrong = await fixture.send('', {
      ...toGroup,
      type: 'location',
      location: { latitude: 1, longitude: 2 },
    });
    expect(wrong.body.error?.code).toBe(131020);
    const foreign = await fixture.send('', { ...toGroup, to: 'g2', ...text('x') });
    expect(foreign.body.error?.code).toBe(131009);
  });
});

describe('media', () => {
  const file = (type: string, bytes = 'PNG') => {
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('type', type);
    form.set('file', new Blob([bytes], { type }), 'a.png');
    return form;
  };
  const upload = async (form: FormData) => {
    const answer = await fetch(`${fixture.sandbox.url}/whatsapp/v25.0/${NUMBER_ID}/media`, {
      ...{ method: 'POST', headers: { authorization: `Bearer ${TOKEN}` }, body: form },
    });
    return {
      status: answer.status,
      body: (await answer.json()) as { id: string; error?: { code: number } },
    };
  };
  const withToken = { headers: { authorization: `Bearer ${TOKEN}` } };

  it('is uploaded, described, fetched with the token, sent by its id, and deleted', async () => {
    const { id } = (await upload(file('image/png'))).body;
    const { body } = await fixture.graph('GET', `/v25.0/${id}`);
    expect(body).toMatchObject({
      id,
      mime_type: 'image/png',
      file_size: 3,
      messaging_product: 'whatsapp',
    });
    const url = String(body['url']);
    expect((await fetch(url)).status).toBe(401);
    expect(await (await fetch(url, withToken)).text()).toBe('PNG');
    await fixture.send(to, { type: 'image', image: { id } });
    expect((await onPhone()).at(-1)?.media).toMatchObject({ id });
    expect((await fixture.graph('DELETE', `/${id}`)).body).toEqual({ success: true });
    expect((await fixture.graph('GET', `/${id}`)).body.error?.code).toBe(100);
  });

  it('has an address that works for five minutes', async () => {
    const { id } = (await upload(file('image/png'))).body;
    const urlOf = async () => String((await fixture.graph('GET', `/${id}`)).body['url']);
    const old = await urlOf();
    await fixture.control('POST', '/clock', { advance_ms: 5 * 60_000 + 1 });
    expect((await fetch(old, withToken)).status).toBe(404);
    expect((await fetch(await urlOf(), withToken)).status).toBe(200);
  });

  it('of a wrong type or size is refused at the upload', async () => {
    expect((await upload(file('image/gif'))).body.error?.code).toBe(100);
    expect(
      (await upload(file('image/png', 'x'.repeat(5 * 1024 * 1024 + 1)))).body.error?.code,
    ).toBe(100);
  });

  it('that cannot be had fails later: an unknown id, a dead link, a wrong type behind a link', async () => {
    const page = `${fixture.sandbox.url}/control/switches`;
    for (const image of [{ id: '1' }, { link: 'http://127.0.0.1:1/a.png' }, { link: page }]) {
      const answer = await fixture.send(to, { type: 'image', image });
      expect(answer.status).toBe(200);
      const [status] = await fixture.statuses(answer.body.messages?.[0]?.id, 1);
      expect(status).toMatchObject({ status: 'failed', errors: [{ code: 131053 }] });
    }
    const link = `${fixture.sandbox.url}/instagram/cdn/a.png`;
    const answer = await fixture.send(to, { type: 'image', image: { link } });
    expect((await fixture.statuses(answer.body.messages?.[0]?.id, 1))[0]?.status).toBe('sent');
  });
});

describe('tokens, the number and the business account', () => {
  it('refuses a missing, wrong, expired or revoked token with 401 and 190', async () => {
    const url = `${fixture.sandbox.url}/whatsapp/v25.0/${NUMBER_ID}`;
    const code = async (headers: Record<string, string>) => {
      const answer = await request<{ error: { code: number } }>('GET', url, undefined, headers);
      return [answer.status, answer.body.error.code];
    };
    const own = { authorization: `Bearer ${TOKEN}` };
    expect(await code({})).toEqual([401, 190]);
    expect(await code({ authorization: 'Bearer nonsense' })).toEqual([401, 190]);
    for (const token of ['expired', 'revoked']) {
      await fixture.control('PUT', `/whatsapp/accounts/${NUMBER_ID}`, { token });
      expect(await code(own)).toEqual([401, 190]);
    }
  });

  it('describes the number, and knows no foreign one', async () => {
    const fields = 'verified_name,display_phone_number,quality_rating,throughput';
    expect((await fixture.graph('GET', `/v25.0/${NUMBER_ID}?fields=${fields}`)).body).toEqual({
      verified_name: 'Business',
      display_phone_number: '+1 555-010-0042',
      quality_rating: 'GREEN',
      throughput: { level: 'STANDARD' },
      id: NUMBER_ID,
    });
    const foreign = await fixture.graph('GET', '/106540000000001');
    expect(foreign.body.error).toMatchObject({ code: 100, error_subcode: 33 });
  });

  it('lists templates in pages, by status and by name', async () => {
    type Page = { data: { name: string }[]; paging: { cursors: { after: string }; next?: string } };
    const list = async (query: string) =>
      (await fixture.graph('GET', `/${WABA_ID}/message_templates?${query}`))
        .body as unknown as Page;
    const first = await list('limit=2&status=APPROVED');
    const second = await list(`limit=2&status=APPROVED&after=${first.paging.cursors.after}`);
    expect([...first.data, ...second.data].map(({ name }) => name)).toEqual([
      'hello_world',
      'order_update',
      'table_booking',
    ]);
    expect([first.paging.next !== undefined, second.paging.next]).toEqual([true, undefined]);
    expect((await list('name=old_offer')).data).toMatchObject([{ status: 'PAUSED' }]);
  });

  it('subscribes with an address of its own, once that passes the handshake', async () => {
    const own = await startReceiver('mine');
    const path = `/v25.0/${WABA_ID}/subscribed_apps`;
    const given = { override_callback_uri: own.url, verify_token: 'mine' };
    const wrong = await fixture.graph('POST', path, { ...given, verify_token: 'no' });
    expect([wrong.status, wrong.body.error?.code]).toEqual([400, 2200]);
    expect((await fixture.graph('POST', path, given)).body).toEqual({ success: true });
    expect((await fixture.graph('GET', path)).body['data']).toMatchObject([
      { override_callback_uri: own.url },
    ]);
    const before = fixture.receiver.received.length;
    await fixture.write(ANA, { text: 'to the other address' });
    while (own.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(fixture.receiver.received).toHaveLength(before);
    await fixture.graph('DELETE', path);
    expect((await fixture.graph('GET', path)).body).toEqual({ data: [] });
    await own.close();
  });
});
