import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { until } from './http.ts';
import {
  ANA,
  APP_SECRET,
  type Fixture,
  NUMBER,
  NUMBER_ID,
  VERIFY_TOKEN,
  WABA_ID,
  startFixture,
  text,
} from './whatsapp-fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

const to = `+${ANA}`;
const arrived = (count: number) =>
  until(`${count} webhooks arrive`, () => fixture.receiver.received.length >= count);
const idOf = async (answer: ReturnType<Fixture['send']>) => (await answer).body.messages?.[0]?.id;
const namesOf = (statuses: { status: string }[]) => statuses.map(({ status }) => status);

describe('webhooks of the fake WhatsApp', () => {
  it('come in Meta’s envelope with seconds as text, signed over the escaped bytes', async () => {
    await fixture.write(ANA, { text: 'olá 😀', name: 'Ana' });
    await arrived(1);
    const [first] = fixture.receiver.received;
    expect(first?.raw).toMatch(/ol\\u00e1 \\ud83d\\ude00/);
    const mac = createHmac('sha256', APP_SECRET)
      .update(first?.raw ?? '')
      .digest('hex');
    expect(first?.headers['x-hub-signature-256']).toBe(`sha256=${mac}`);
    const user = expect.stringMatching(/^US\.\d+$/);
    expect(first?.body).toEqual({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: WABA_ID,
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: NUMBER, phone_number_id: NUMBER_ID },
                contacts: [{ profile: { name: 'Ana' }, wa_id: ANA, user_id: user }],
                messages: [
                  {
                    from: ANA,
                    from_user_id: user,
                    id: expect.stringMatching(/^wamid\./),
                    timestamp: expect.stringMatching(/^\d{10}$/),
                    type: 'text',
                    text: { body: 'olá 😀' },
                  },
                ],
              },
            },
          ],
        },
      ],
    });
  });

  it('stay away from a business account that the app has not subscribed', async () => {
    await fixture.graph('DELETE', `/${WABA_ID}/subscribed_apps`);
    await fixture.write(ANA, { text: 'unheard' });
    expect((await fixture.control('GET', '/whatsapp/webhooks')).body['data']).toEqual([]);
  });

  it.each(['messages', 'changes', 'entries'])(
    'share one POST as %s, if they are to',
    async (as) => {
      await fixture.settings({ batch_size: 3, batch_wait_ms: 60_000, batch_as: as });
      for (const customer of [ANA, '491511234568', ANA])
        await fixture.write(customer, { text: `from ${customer}` });
      await arrived(1);
      expect(fixture.receiver.received).toHaveLength(1);
      const messages = fixture.values().flatMap((value) => value.messages ?? []);
      expect(messages.map(({ from }) => from)).toEqual([ANA, '491511234568', ANA]);
      if (as === 'messages') expect(fixture.values()[0]?.contacts).toHaveLength(2);
    },
  );

  it('are repeated until they are taken, and come twice, held, or forged on demand', async () => {
    await fixture.settings({ retry_delays_ms: [5] });
    fixture.receiver.answers.push(500);
    await fixture.write(ANA, { text: 'again' });
    await arrived(2);
    await fixture.control('POST', '/whatsapp/webhooks', { mode: 'duplicate', count: 1 });
    await fixture.write(ANA, { text: 'twice' });
    await arrived(4);
    await fixture.control('POST', '/whatsapp/webhooks', { mode: 'hold' });
    for (const words of ['1', '2']) await fixture.write(ANA, { text: words });
    await fixture.control('POST', '/whatsapp/webhooks', { mode: 'reverse' });
    await arrived(6);
    const words = fixture
      .values()
      .map(
        ({ messages: [message] = [] }) => (message?.['text'] as { body: string } | undefined)?.body,
      );
    expect(words).toEqual(['again', 'again', 'twice', 'twice', '2', '1']);
  });
});

describe('the statuses of a message', () => {
  beforeEach(async () => {
    await fixture.write(ANA, { text: 'hello' });
  });

  it('are sent, delivered and read, with the sender’s own data in each of them', async () => {
    const id = await idOf(fixture.send(to, { ...text('hi'), biz_opaque_callback_data: 'mine' }));
    await fixture.statuses(id, 2);
    const path = `/whatsapp/customers/${ANA}/read`;
    await fixture.control('POST', path, { account: NUMBER_ID });
    const statuses = await fixture.statuses(id, 3);
    expect(namesOf(statuses)).toEqual(['sent', 'delivered', 'read']);
    for (const status of statuses)
      expect(status).toMatchObject({
        recipient_id: ANA,
        recipient_user_id: expect.any(String),
        timestamp: expect.stringMatching(/^\d{10}$/),
        biz_opaque_callback_data: 'mine',
      });
  });

  it('skip `delivered` where the chat is open, and end at `sent` for somebody who blocked us', async () => {
    const person = (change: object) =>
      fixture.control('PUT', `/whatsapp/customers/${ANA}`, { account: NUMBER_ID, ...change });
    await person({ chat_open: true });
    const seen = await idOf(fixture.send(to, text('hi')));
    expect(namesOf(await fixture.statuses(seen, 2))).toEqual(['sent', 'read']);
    await person({ chat_open: false, blocked: true });
    const blocked = await idOf(fixture.send(to, text('hi')));
    await fixture.statuses(blocked, 1);
    await person({ blocked: false });
    const later = await idOf(fixture.send(to, text('hi again')));
    await fixture.statuses(later, 2);
    expect(namesOf(await fixture.statuses(blocked, 1))).toEqual(['sent']);
  });

  it('fail after a 200 where the window is closed; with the switch the call itself is refused', async () => {
    const close = { account: NUMBER_ID, window: 'closed' };
    await fixture.control('PUT', `/whatsapp/customers/${ANA}`, close);
    const answer = await fixture.send(to, text('too late'));
    expect(answer.status).toBe(200);
    const [status] = await fixture.statuses(answer.body.messages?.[0]?.id, 1);
    expect(status).toMatchObject({ status: 'failed', errors: [{ code: 131047 }] });
    expect(status).not.toHaveProperty('recipient_user_id');
    await fixture.settings({ window_error: 'sync' });
    expect((await fixture.send(to, text('too late'))).body.error?.code).toBe(131047);
    const template = { name: 'hello_world', language: { code: 'en_US' } };
    const allowed = await fixture.send(to, { type: 'template', template });
    expect(allowed.body.messages).toMatchObject([{ message_status: 'accepted' }]);
    await fixture.write(ANA, { text: 'I am back' });
    expect((await fixture.send(to, text('good'))).status).toBe(200);
  });

  it('fail for who is not on WhatsApp, and with any code a test plans', async () => {
    const away = { account: NUMBER_ID, on_whatsapp: false, window: 'open' };
    await fixture.control('PUT', '/whatsapp/customers/491511234568', away);
    const nobody = await idOf(fixture.send('+491511234568', text('anybody?')));
    expect((await fixture.statuses(nobody, 1))[0]).toMatchObject({ errors: [{ code: 131026 }] });
    const plan = [{ code: 131049, match: 'unlucky' }];
    await fixture.control('PUT', '/whatsapp/failures', plan);
    const lucky = await idOf(fixture.send(to, text('fine')));
    const unlucky = await idOf(fixture.send(to, text('unlucky')));
    expect((await fixture.statuses(unlucky, 1))[0]).toMatchObject({ errors: [{ code: 131049 }] });
    expect(namesOf(await fixture.statuses(lucky, 2))).toEqual(['sent', 'delivered']);
    expect((await fixture.control('GET', '/whatsapp/failures')).body).toEqual({ failures: [] });
  });

  it('come in reverse, before the answer, in part, or as a test tells them', async () => {
    await fixture.settings({ status_order: 'reversed', status_before_response: true });
    const id = await idOf(fixture.send(to, text('hi')));
    const early = fixture.values().flatMap(({ statuses = [] }) => statuses);
    expect(early.filter((status) => status.id === id)).toHaveLength(1);
    expect(namesOf(await fixture.statuses(id, 2))).toEqual(['delivered', 'sent']);
    await fixture.settings({ status_order: 'normal', statuses: ['delivered'] });
    const partly = await idOf(fixture.send(to, text('hi')));
    expect(namesOf(await fixture.statuses(partly, 1))).toEqual(['delivered']);
    const path = `/whatsapp/customers/${ANA}/statuses`;
    const told = { account: NUMBER_ID, message_id: id, status: 'failed', code: 131031 };
    await fixture.settings({ statuses: ['sent', 'failed'] });
    await fixture.control('POST', path, told);
    const [, , last] = await fixture.statuses(id, 3);
    expect(last).toMatchObject({ status: 'failed', errors: [{ code: 131031 }] });
  });

  it('follow after a restart of the sandbox for what was accepted just before', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
    const first = await startFixture({ stateFile: `${folder}/state.json` });
    await first.write(ANA, { text: 'hello' });
    await first.settings({ sent_after_ms: 60_000, delivered_after_ms: 60_000 });
    const id = await idOf(first.send(to, text('hi')));
    await first.sandbox.close();
    const options = { port: 0, appSecret: APP_SECRET, verifyToken: VERIFY_TOKEN };
    const sandbox = await startSandbox({ ...options, stateFile: `${folder}/state.json` });
    expect(namesOf(await first.statuses(id, 2))).toEqual(['sent', 'delivered']);
    await sandbox.close();
    await first.receiver.close();
    await rm(folder, { recursive: true });
  });
});
