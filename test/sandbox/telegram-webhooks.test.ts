import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { request, until } from './http.ts';
import {
  BOT,
  type Fixture,
  type Json,
  SECRET,
  type Update,
  refusal,
  startFixture,
} from './telegram-fixture.ts';

const ANN = '5001';
const BEN = '5002';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
  await fixture.settings({ retry_scale: 0.005, set_webhook_gap_ms: 0 });
});
afterEach(() => fixture.close());

const mode = (name: string, count?: number) =>
  fixture.control('POST', '/webhooks', { mode: name, ...(count && { count }) });
const arrived = (count: number) =>
  until(`${count} updates arrive`, () => fixture.hook.received.length >= count);
const texts = () => fixture.hook.updates().map(textOf);
const textOf = ({ message }: Update) => message?.['text'];
const info = async () => (await fixture.bot('getWebhookInfo')).body.result as Json;

type Delivery = { kind: string; state: string; attempts: { status: number | null }[] };
const deliveries = async () =>
  (await fixture.control('GET', '/webhooks')).body['data'] as unknown as Delivery[];

describe('webhooks of the fake Telegram', () => {
  it('carry one update each, and the secret token', async () => {
    await fixture.listen();
    await fixture.write(ANN, { text: 'olá 😀' });
    await arrived(1);
    const [first] = fixture.hook.received;
    expect(first?.headers).toMatchObject({
      'x-telegram-bot-api-secret-token': SECRET,
      'content-type': 'application/json',
    });
    expect(first?.raw).toMatch(/ol\\u00e1 \\ud83d\\ude00/);
    expect(Object.keys(first?.update ?? {})).toEqual(['update_id', 'message']);
    expect(texts()).toEqual(['olá 😀']);
  });

  it('deliver what waited before the webhook was set, unless it is to be dropped', async () => {
    await fixture.write(ANN, { text: 'early' });
    await fixture.listen();
    await arrived(1);
    await fixture.bot('deleteWebhook');
    await fixture.write(ANN, { text: 'dropped' });
    expect((await info())['pending_update_count']).toBe(1);
    await fixture.listen({ drop_pending_updates: true });
    await fixture.write(ANN, { text: 'late' });
    await arrived(2);
    expect(texts()).toEqual(['early', 'late']);
  });

  it('keep the order of a chat behind an update that is not taken, and no other chat waits', async () => {
    await fixture.listen();
    fixture.hook.reply = (update) =>
      textOf(update) === 'ann 0' && attempts(update) < 4 ? { status: 500 } : undefined;
    for (let index = 0; index < 5; index++) await fixture.write(ANN, { text: `ann ${index}` });
    await fixture.write(BEN, { text: 'ben' });
    await until('all are taken', async () => (await info())['pending_update_count'] === 0);
    const seen = texts();
    expect(seen.filter((text) => text !== 'ben')).toEqual([
      ...['ann 0', 'ann 0', 'ann 0', 'ann 0'],
      ...['ann 1', 'ann 2', 'ann 3', 'ann 4'],
    ]);
    expect(seen.indexOf('ben')).toBeLessThan(seen.indexOf('ann 1'));
  });

  const attempts = ({ update_id: id }: Update) =>
    fixture.hook.updates().filter(({ update_id: other }) => other === id).length;

  it('are repeated at once, then with gaps that double', async () => {
    await fixture.listen();
    await fixture.settings({ retry_scale: 0.15 });
    fixture.hook.replies.push(...Array.from({ length: 3 }, () => ({ status: 500 })));
    await fixture.write(ANN, { text: 'again' });
    await arrived(4);
    const times = fixture.hook.received.map(({ at }) => at);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    const [now = 0, two = 0, four = 0] = gaps;
    expect(now).toBeLessThan(290);
    expect(two).toBeGreaterThan(290);
    expect(four).toBeGreaterThan(590);
  });

  it('wait as long as the answer asks', async () => {
    await fixture.listen();
    await fixture.settings({ retry_scale: 0.1 });
    fixture.hook.replies.push({ status: 503, headers: { 'retry-after': '3' } });
    await fixture.write(ANN, { text: 'later' });
    await arrived(2);
    const [first, second] = fixture.hook.received;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(290);
  });

  it('tell the last error, also of an answer that takes too long', async () => {
    await fixture.listen();
    await fixture.settings({ timeout_ms: 30 });
    const answered = Promise.withResolvers<void>();
    const waiting = { wait: answered.promise };
    fixture.hook.replies.push({ status: 500 }, { status: 500 }, waiting, waiting);
    await fixture.write(ANN, { text: 'hm' });
    await arrived(2);
    expect((await info())['last_error_message']).toMatch(/^Wrong response from the webhook: 500/);
    await arrived(4);
    answered.resolve();
    expect(await info()).toMatchObject({
      last_error_message: 'Read timeout expired',
      last_error_date: expect.any(Number),
      max_connections: 40,
    });
  });

  it('let buttons and reactions overtake messages that wait', async () => {
    await fixture.listen({ allowed_updates: ['message', 'callback_query', 'message_reaction'] });
    const open = Promise.withResolvers<void>();
    fixture.hook.reply = (update) => (update.message ? { wait: open.promise } : undefined);
    const [id = 0] = await fixture.write(ANN, { text: 'slow' });
    await fixture.write(ANN, { text: 'behind it' });
    await fixture.bot('sendMessage', { chat_id: ANN, text: 'Sure?' });
    await fixture.act(ANN, 'callback', { data: 'x' });
    await fixture.act(ANN, 'reactions', { message_id: id, emoji: '👍' });
    await arrived(3);
    open.resolve();
    await arrived(4);
    const kinds = fixture.hook.updates().map((update) => Object.keys(update)[1]);
    expect(kinds.toSorted()).toEqual(['callback_query', 'message', 'message', 'message_reaction']);
    expect(kinds.at(-1)).toBe('message');
  });

  it('use no more connections than allowed', async () => {
    await fixture.listen({ max_connections: 2 });
    const open = Promise.withResolvers<void>();
    let now = 0;
    let most = 0;
    fixture.hook.reply = () => {
      most = Math.max(most, ++now);
      return { wait: open.promise.then(() => void (now -= 1)) };
    };
    for (let chat = 1; chat <= 5; chat++) await fixture.write(`600${chat}`, { text: 'hi' });
    await arrived(2);
    open.resolve();
    await arrived(5);
    expect(most).toBe(2);
  });

  it('drop an update that is a day old, and a button after 150 seconds', async () => {
    await fixture.listen();
    await fixture.settings({ retry_scale: 1 });
    fixture.hook.reply = () => ({ status: 500 });
    await fixture.write(ANN, { text: 'never' });
    await fixture.bot('sendMessage', { chat_id: ANN, text: 'Sure?' });
    await fixture.act(ANN, 'callback', { data: 'x' });
    await arrived(4);
    const advance = (ms: number) =>
      request('POST', `${fixture.sandbox.url}/control/clock`, { advance_ms: ms });
    await advance(150_000);
    expect((await info())['pending_update_count']).toBe(1);
    await advance(24 * 3_600_000);
    expect((await info())['pending_update_count']).toBe(0);
    expect((await deliveries()).map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  });

  it('end after 23 hours of 410', async () => {
    await fixture.listen();
    fixture.hook.reply = () => ({ status: 410 });
    await fixture.write(ANN, { text: 'one' });
    await arrived(2);
    await request('POST', `${fixture.sandbox.url}/control/clock`, { advance_ms: 23 * 3_600_000 });
    await until('the webhook is gone', async () => (await info())['url'] === '');
  });

  it('execute the method that an answer names, and note it in the ledger', async () => {
    await fixture.listen();
    await fixture.write(ANN, { text: 'hi' });
    await fixture.bot('sendMessage', { chat_id: ANN, text: 'Sure?' });
    fixture.hook.reply = ({ callback_query: query }) =>
      query && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ method: 'answercallbackquery', callback_query_id: query['id'] }),
      };
    await fixture.act(ANN, 'callback', { data: 'x' });
    const noted = async () =>
      (await fixture.control('GET', '/received?path=answerCallbackQuery')).body['data'] as Json[];
    await until('the ledger has it', async () => (await noted())[0]?.['status'] === 200);
    expect((await noted())[0]).toMatchObject({
      path: `/telegram/bot${BOT}/answerCallbackQuery`,
      headers: { 'x-sandbox-call': 'webhook-answer' },
    });
    expect((await fixture.control('GET', '/callbacks')).body['data']).toMatchObject([
      { answer: { show_alert: false } },
    ]);
  });
});

describe('setWebhook of the fake Telegram', () => {
  it('says what it did', async () => {
    const description = async (call: ReturnType<Fixture['bot']>) => (await call).body.description;
    expect(await description(fixture.listen())).toBe('Webhook was set');
    expect(await description(fixture.listen())).toBe('Webhook is already set');
    expect(await info()).toEqual({
      url: fixture.hook.url,
      has_custom_certificate: false,
      pending_update_count: 0,
      max_connections: 40,
      ip_address: '127.0.0.1',
    });
    await fixture.listen({ allowed_updates: ['message', 'nonsense'] });
    expect((await info())['allowed_updates']).toEqual(['message']);
    await fixture.listen();
    expect((await info())['allowed_updates']).toEqual(['message']);
    expect(await description(fixture.bot('deleteWebhook'))).toBe('Webhook was deleted');
    expect(await description(fixture.bot('setWebhook', { url: '' }))).toBe(
      'Webhook is already deleted',
    );
  });

  it('refuses wrong addresses and secrets, and keeps the webhook before', async () => {
    await fixture.listen();
    const set = async (body: Json) => refusal(await fixture.bot('setWebhook', body));
    const url = 'https://example.com/hook';
    expect(await set({ url: 'nonsense' })).toMatch(/invalid webhook URL/);
    expect(await set({ url: 'http://example.com/hook' })).toBe(
      '400 Bad Request: bad webhook: An HTTPS URL must be provided for webhook',
    );
    expect(await set({ url: 'https://example.com:8000/hook' })).toBe(
      '400 Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443',
    );
    expect(await set({ url, secret_token: 'a b' })).toBe(
      '400 Bad Request: secret token contains unallowed characters',
    );
    expect(await set({ url, secret_token: 'a'.repeat(257) })).toMatch(/secret token is too long/);
    expect(await set({ url, allowed_updates: '[nonsense' })).toMatch(
      /can't parse allowed updates JSON object/,
    );
    expect((await info())['url']).toBe(fixture.hook.url);
  });

  it('takes one call a second', async () => {
    await fixture.settings({ set_webhook_gap_ms: 60_000 });
    await fixture.listen();
    const second = await fixture.listen();
    expect(refusal(second)).toBe('429 Too Many Requests: retry after 1');
    expect(second.headers.get('retry-after')).toBe('1');
    expect((await fixture.bot('deleteWebhook')).status).toBe(200);
  });
});

describe('delivery modes of the fake Telegram', () => {
  beforeEach(() => fixture.listen());

  it('send an update twice, byte for byte', async () => {
    await mode('duplicate', 1);
    await fixture.write(ANN, { text: 'twice' });
    await fixture.write(ANN, { text: 'once' });
    await arrived(3);
    expect(fixture.hook.received[1]?.raw).toBe(fixture.hook.received[0]?.raw);
    expect(texts()).toEqual(['twice', 'twice', 'once']);
  });

  it('hold updates until they are released, as held or backwards', async () => {
    for (const [how, expected] of [
      ['release', ['1', '2', '3']],
      ['reverse', ['3', '2', '1']],
    ] as const) {
      fixture.hook.received.length = 0;
      await mode('hold');
      for (const text of ['1', '2', '3']) await fixture.write(ANN, { text });
      expect((await deliveries()).filter(({ state }) => state === 'held')).toHaveLength(3);
      expect(fixture.hook.received).toEqual([]);
      expect((await mode(how)).body).toMatchObject({ mode: 'normal', released: 3, held: 0 });
      await arrived(3);
      expect(texts()).toEqual(expected);
    }
  });

  it('post once with a wrong secret', async () => {
    fixture.hook.replies.push({ status: 401 });
    await mode('bad-secret', 1);
    await fixture.write(ANN, { text: 'forged' });
    await until('it is given up', async () => (await deliveries())[0]?.state === 'stopped');
    await fixture.write(ANN, { text: 'true' });
    await arrived(2);
    const secrets = fixture.hook.received.map(
      ({ headers }) => headers['x-telegram-bot-api-secret-token'],
    );
    expect(secrets).toEqual([expect.not.stringMatching(`^${SECRET}$`), SECRET]);
  });

  it('post any body', async () => {
    const answer = await fixture.control('POST', '/raw', {
      account: BOT,
      body: { odd: 'ünïcode' },
    });
    expect(answer.body).toEqual({ status: 200, error: null });
    expect(fixture.hook.updates()).toEqual([{ odd: 'ünïcode' }]);
  });
});
