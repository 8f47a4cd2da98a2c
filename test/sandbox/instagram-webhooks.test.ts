import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from './http.ts';
import { ACCOUNT, APP_SECRET, type Fixture, startFixture } from './instagram-fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

const mode = (name: string, count?: number) =>
  fixture.control('POST', '/instagram/webhooks', { mode: name, ...(count && { count }) });
const arrived = (count: number) =>
  until(`${count} webhooks arrive`, () => fixture.receiver.received.length >= count);
const texts = () => fixture.receiver.items().map(({ message }) => message?.['text']);

type Deliveries = { data: { state: string; attempts: { status: number | null }[] }[] };
const deliveries = async () =>
  ((await fixture.control('GET', '/instagram/webhooks')).body as unknown as Deliveries).data;

describe('webhooks of the fake Instagram', () => {
  it('come in Meta’s envelope, signed over the bytes that are sent', async () => {
    await fixture.write('c1', { text: 'olá 😀' });
    await arrived(1);
    const [first] = fixture.receiver.received;
    expect(first?.raw).toMatch(/ol\\u00e1 \\ud83d\\ude00/);
    const mac = createHmac('sha256', APP_SECRET)
      .update(first?.raw ?? '')
      .digest('hex');
    expect(first?.headers['x-hub-signature-256']).toBe(`sha256=${mac}`);
    expect(first?.body).toEqual({
      object: 'instagram',
      entry: [
        {
          id: ACCOUNT,
          time: expect.any(Number),
          messaging: [
            {
              sender: { id: 'c1' },
              recipient: { id: ACCOUNT },
              timestamp: expect.any(Number),
              message: { mid: expect.any(String), text: 'olá 😀' },
            },
          ],
        },
      ],
    });
  });

  it('refuses a callback URL that fails the handshake, and keeps the one before', async () => {
    const path = '/instagram/webhook';
    const wrong = { url: fixture.receiver.url, verify_token: 'wrong' };
    expect((await fixture.control('PUT', path, wrong)).status).toBe(400);
    expect((await fixture.control('PUT', path, { url: 'http://127.0.0.1:1/x' })).status).toBe(400);
    expect((await fixture.control('GET', path)).body).toEqual({ url: fixture.receiver.url });
  });

  it('stay away from an account that the app has not subscribed', async () => {
    await fixture.graph('DELETE', `/${ACCOUNT}/subscribed_apps`);
    await fixture.write('c1', { text: 'unheard' });
    expect(await deliveries()).toEqual([]);
    await fixture.graph('POST', `/${ACCOUNT}/subscribed_apps?subscribed_fields=messages`);
    await fixture.write('c1', { text: 'heard' });
    await arrived(1);
    expect(texts()).toEqual(['heard']);
  });

  it('keep the order of one customer', async () => {
    const sent = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    for (const text of sent) await fixture.write('c1', { text });
    await arrived(20);
    expect(texts()).toEqual(sent);
  });

  it('come twice, byte for byte, in duplicate mode', async () => {
    await mode('duplicate', 1);
    await fixture.write('c1', { text: 'twice' });
    await fixture.write('c1', { text: 'once' });
    await arrived(3);
    const [first, second] = fixture.receiver.received;
    expect(second?.raw).toBe(first?.raw);
    expect(texts()).toEqual(['twice', 'twice', 'once']);
  });

  it('are held until they are released, as held or backwards', async () => {
    for (const [how, expected] of [
      ['release', ['1', '2', '3']],
      ['reverse', ['3', '2', '1']],
    ] as const) {
      fixture.receiver.received.length = 0;
      await mode('hold');
      for (const text of ['1', '2', '3']) await fixture.write('c1', { text });
      expect((await deliveries()).filter(({ state }) => state === 'held')).toHaveLength(3);
      expect(fixture.receiver.received).toEqual([]);
      expect((await mode(how)).body).toMatchObject({ mode: 'normal', released: 3, held: 0 });
      await arrived(3);
      expect(texts()).toEqual(expected);
    }
  });

  it('carry a signature of another secret in bad-signature mode, and are not repeated', async () => {
    fixture.receiver.answers.push(401);
    await mode('bad-signature', 1);
    await fixture.write('c1', { text: 'forged' });
    await until('it is given up', async () => (await deliveries())[0]?.state === 'stopped');
    const [forged] = fixture.receiver.received;
    const mac = createHmac('sha256', APP_SECRET)
      .update(forged?.raw ?? '')
      .digest('hex');
    expect(forged?.headers['x-hub-signature-256']).toMatch(/^sha256=[0-9a-f]{64}$/);
    expect(forged?.headers['x-hub-signature-256']).not.toBe(`sha256=${mac}`);
  });

  it('are repeated with growing gaps until they are taken, without holding up later ones', async () => {
    const settings = { retry_delays_ms: [1000, 2000], retry_scale: 0.2 };
    await fixture.control('PUT', '/instagram/settings', settings);
    fixture.receiver.answers.push(503, 200, 500);
    await fixture.write('c1', { text: 'first' });
    await arrived(1);
    await fixture.write('c1', { text: 'second' });
    await until('both are taken', async () =>
      (await deliveries()).every(({ state }) => state === 'delivered'),
    );
    expect((await deliveries())[0]?.attempts.map(({ status }) => status)).toEqual([503, 500, 200]);
    expect(texts()).toEqual(['first', 'second', 'first', 'first']);
  });

  it('are given up after the limit', async () => {
    const settings = { retry_delays_ms: [1], stop_after_ms: 0 };
    await fixture.control('PUT', '/instagram/settings', settings);
    fixture.receiver.answers.push(500);
    await fixture.write('c1', { text: 'lost' });
    await until('it is given up', async () => (await deliveries())[0]?.state === 'stopped');
    expect((await fixture.control('GET', '/instagram/webhooks')).body['waiting']).toBe(0);
  });
});
