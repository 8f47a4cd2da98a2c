import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { request } from './http.ts';
import {
  ANA,
  type Fixture,
  NUMBER_ID,
  TOKEN,
  WABA_ID,
  startFixture,
  text,
} from './whatsapp-fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

type Listed = { data: Record<string, unknown>[] };

describe('the profile of a business', () => {
  const path = `/v26.0/${NUMBER_ID}/whatsapp_business_profile`;
  const set = (body: object) =>
    fixture.graph('POST', path, { messaging_product: 'whatsapp', ...body });

  it('shows what was set, and of that what was asked for', async () => {
    const profile = { about: 'Cups', vertical: 'RETAIL', websites: ['https://cups.example'] };
    expect((await set({ ...profile, email: 'a@b.example' })).body).toEqual({ success: true });
    const shown = await fixture.graph('GET', `${path}?fields=about,websites,vertical`);
    expect(shown.body).toEqual({ data: [{ ...profile, messaging_product: 'whatsapp' }] });
    const plain = (await fixture.graph('GET', path)).body as unknown as Listed;
    expect(plain.data).toEqual([{ about: 'Cups', messaging_product: 'whatsapp' }]);
  });

  it.each([
    { about: '' },
    { about: 'x'.repeat(140) },
    { description: 'x'.repeat(513) },
    { vertical: 'CUPS' },
    { websites: ['cups.example'] },
    { websites: Array.from({ length: 3 }, () => 'https://cups.example') },
    { messaging_product: 'sms' },
  ])('refuses %j', async (body) => {
    expect((await set(body)).status).toBe(400);
  });
});

describe('people whom the business blocks', () => {
  const path = `/v26.0/${NUMBER_ID}/block_users`;
  const call = async (method: string, ...users: string[]) => {
    const body = { messaging_product: 'whatsapp', block_users: users.map((user) => ({ user })) };
    return (await fixture.graph(method, path, body)).body['block_users'];
  };

  it('are not heard any more, nor written to, until they are unblocked', async () => {
    await fixture.write(ANA, { text: 'one' });
    const ana = { wa_id: ANA, user_id: expect.any(String) };
    expect(await call('POST', `+${ANA}`)).toEqual({ added_users: [{ input: `+${ANA}`, ...ana }] });
    const list = (await fixture.graph('GET', path)).body as unknown as Listed;
    expect(list.data).toEqual([{ messaging_product: 'whatsapp', ...ana }]);
    await fixture.write(ANA, { text: 'two' });
    expect((await fixture.send(`+${ANA}`, text('no'))).body.error).toMatchObject({ code: 131026 });
    expect(await call('DELETE', ANA)).toMatchObject({ removed_users: [{ input: ANA }] });
    await fixture.write(ANA, { text: 'three' });
    await fixture.settled();
    const heard = fixture.values().flatMap(({ messages = [] }) => messages);
    expect(heard.map((message) => message['text'])).toEqual([{ body: 'one' }, { body: 'three' }]);
  });

  it('must have written within the last day', async () => {
    expect(await call('POST', '4915100000')).toMatchObject({
      added_users: [],
      failed_users: [{ input: '4915100000', errors: [{ code: 139101 }] }],
    });
    await fixture.write(ANA, { text: 'hello' });
    await request('POST', `${fixture.sandbox.url}/control/clock`, { advance_ms: 25 * 3_600_000 });
    expect(await call('POST', ANA)).toMatchObject({ added_users: [] });
  });
});

describe('what libraries look for', () => {
  it('in templates is there: whether their parameters are counted or named', async () => {
    await fixture.control('POST', '/whatsapp/templates', {
      ...{ account: NUMBER_ID, name: 'named', body: 'Hi {{first_name}}' },
    });
    const { body } = await fixture.graph('GET', `/${WABA_ID}/message_templates`);
    const formats = (body as unknown as Listed).data.map((one) => [
      one['name'],
      one['parameter_format'],
    ]);
    expect(formats).toContainEqual(['named', 'NAMED']);
    expect(formats).toContainEqual(['order_update', 'POSITIONAL']);
    const components = (name: string) =>
      (body as unknown as Listed).data.find((one) => one['name'] === name)?.['components'];
    expect(components('order_update')).toMatchObject([
      { type: 'BODY', example: { body_text: [['value 1', 'value 2']] } },
    ]);
    expect(components('named')).toMatchObject([
      { example: { body_text_named_params: [{ param_name: 'first_name' }] } },
    ]);
    expect(components('hello_world')).toEqual([{ type: 'BODY', text: expect.any(String) }]);
    const chosen = await fixture.graph('GET', `/${WABA_ID}/message_templates?fields=name&limit=1`);
    expect((chosen.body as unknown as Listed).data).toEqual([
      { name: 'hello_world', id: expect.any(String) },
    ]);
    const counted = await fixture.graph('GET', `/${WABA_ID}/message_templates?summary=total_count`);
    expect(counted.body).toMatchObject({ summary: { total_count: 5 } });
  });
});

describe('what is tapped', () => {
  it('stands below the newest message of the business', async () => {
    await fixture.write(ANA, { text: 'hello' });
    const sent = await fixture.send(`+${ANA}`, text('Which?'));
    await fixture.write(ANA, { sample: 'list_row' });
    await fixture.write(ANA, { text: 'thanks' });
    await fixture.settled();
    const heard = fixture.values().flatMap(({ messages = [] }) => messages);
    expect(heard.map(({ context }) => context)).toEqual([
      undefined,
      { from: '15550100042', id: sent.body.messages?.[0]?.id },
      undefined,
    ]);
  });
});

/** The first bytes of a WebP of this size, and as many more as it shall have. */
function webp(given: { side?: number; animated?: boolean; size?: number }): Buffer {
  const bytes = Buffer.alloc(given.size ?? 64);
  bytes.write('RIFF', 0, 'latin1');
  bytes.write('WEBPVP8X', 8, 'latin1');
  bytes[20] = given.animated ? 2 : 0;
  bytes.writeUIntLE((given.side ?? 512) - 1, 24, 3);
  bytes.writeUIntLE((given.side ?? 512) - 1, 27, 3);
  return bytes;
}

describe('the upload of a sticker', () => {
  it.each([
    [webp({}), 200],
    [webp({ size: 100 * 1024 }), 200],
    [webp({ size: 100 * 1024 + 1 }), 400],
    [webp({ size: 500 * 1024, animated: true }), 200],
    [webp({ size: 500 * 1024 + 1, animated: true }), 400],
    [webp({ side: 200 }), 400],
    [Buffer.from('RIFF'), 400],
  ])('%#: is looked at', async (bytes, status) => {
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('file', new Blob([new Uint8Array(bytes)], { type: 'image/webp' }), 'a.webp');
    const answer = await fetch(`${fixture.sandbox.url}/whatsapp/${NUMBER_ID}/media`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
      body: form,
    });
    expect(answer.status).toBe(status);
  });
});
