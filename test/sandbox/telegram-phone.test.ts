import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEMO_BOT, DEMO_BOT_ID } from '../../sandbox/telegram/state.ts';
import { request, until } from './http.ts';
import { BOT, type Fixture, type Json, TOKEN, startFixture } from './telegram-fixture.ts';

const ANA = '5100000001';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

type View = {
  platform: string;
  platforms: { name: string; can: string[]; account: Json; customers: Json[] }[];
  missing: string[];
  switches: { name: string }[];
  thread: (Json & { id: string; media: { src: string | null }[] })[];
  journey: { words: string } | null;
};

async function view(customer = ANA): Promise<View> {
  const url = `${fixture.sandbox.url}/view?channel=telegram&customer=${customer}`;
  return (await request<View>('GET', url)).body;
}

const phone = (path: string, body: Json) =>
  request('POST', `${fixture.sandbox.url}/phone/telegram/customers/${path}`, body);
const demo = (method: string, body: Json = {}) =>
  request<{ result: Json & { message_id: number } }>(
    'POST',
    `${fixture.sandbox.url}/telegram/bot${DEMO_BOT.bot_token}/${method}`,
    body,
  );

describe('the phone of the fake Telegram', () => {
  it('shows the demo bot’s people, and what is not set up yet', async () => {
    const { platforms, missing, switches } = await view();
    const telegram = platforms.find(({ name }) => name === 'telegram');
    expect(telegram).toMatchObject({
      account: { id: DEMO_BOT_ID, name: 'demo_coffee_bot' },
      can: ['react', 'edit', 'press'],
      customers: [{ name: 'Ana Souza' }, { name: 'Omar Haddad' }],
    });
    expect(missing.join()).toMatch(/no webhook for the demo bot/);
    expect(switches.map(({ name }) => name)).toContain('blocked');
  });

  it('writes, shows a photo, edits, reacts and presses buttons', async () => {
    await phone(`${ANA}/messages`, { text: 'hello', photo: true });
    const keyboard = { inline_keyboard: [[{ text: 'Yes', callback_data: 'y' }]] };
    await demo('sendMessage', { chat_id: ANA, text: 'Sure?', reply_markup: keyboard });
    const [written, asked] = (await view()).thread;
    expect(written).toMatchObject({ from: 'customer', text: 'hello', status: null });
    const picture = await fetch(`${fixture.sandbox.url}${written?.media[0]?.src}`);
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(asked).toMatchObject({ from: 'business', buttons: ['Yes'] });
    await phone(`${ANA}/presses`, { message_id: asked?.id, button: 0 });
    await phone(`${ANA}/edits`, { message_id: written?.id, text: 'hello!' });
    await phone(`${ANA}/reactions`, { message_id: asked?.id, emoji: '👍' });
    expect((await view()).thread).toMatchObject([
      { text: 'hello!', edited: true },
      { reactions: ['👍'] },
    ]);
    const { body } = await fixture.control('GET', '/callbacks');
    expect(body['data']).toMatchObject([{ data: 'y', personId: ANA }]);
  });

  it('follows a message to the router', async () => {
    await demo('setWebhook', { url: fixture.hook.url });
    await phone(`${ANA}/messages`, { text: 'hello' });
    await until('the router has it', async () =>
      /router has it/.test((await view()).journey?.words ?? ''),
    );
    const { body } = await phone('', { name: 'New Person' });
    const id = String(body['customer_id']);
    await phone(`${id}/messages`, { text: 'me too' });
    expect((await view(id)).thread).toMatchObject([{ text: 'me too' }]);
  });

  it('lets things go wrong at a switch', async () => {
    await fixture.write('5001', { text: 'hello' });
    const turn = (name: string, on: boolean) => fixture.control('PUT', '/switches', { [name]: on });
    for (const [name, status] of [
      ['rate_limit', 429],
      ['server_error', 502],
      ['token_expired', 401],
      ['blocked', 403],
    ] as const) {
      await turn(name, true);
      const answer = await fixture.bot('sendMessage', { chat_id: '5001', text: name });
      expect(answer.status).toBe(status);
      await turn(name, false);
    }
    expect((await fixture.bot('sendMessage', { chat_id: '5001', text: 'ok' })).status).toBe(200);
  });
});

describe('the state of the fake Telegram', () => {
  it('keeps accounts and webhooks at a reset, and forgets chats and what waits', async () => {
    const [before = 0] = await fixture.write('5001', { text: 'old' });
    await fixture.control('PUT', `/accounts/${BOT}`, { token: 'revoked' });
    await request('POST', `${fixture.sandbox.url}/control/reset`, {});
    expect((await fixture.bot('getUpdates')).body.result).toEqual([]);
    const [after = 0] = await fixture.write('5001', { text: 'new' });
    expect(after).not.toBe(before);
    await request('POST', `${fixture.sandbox.url}/control/reset`, { everything: true });
    expect((await fixture.bot('getMe')).status).toBe(401);
    expect((await demo('getMe')).status).toBe(200);
    await fixture.control('POST', '/accounts', { bot_token: TOKEN });
    await fixture.write('5001', { text: 'again' });
    expect((await fixture.bot('getUpdates')).body.result).toHaveLength(1);
  });

  it('delivers after a restart what was not taken before it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'telegram-'));
    const stateFile = join(folder, 'state.json');
    const first = await startFixture({ stateFile });
    try {
      await first.listen();
      first.hook.reply = () => ({ status: 500, headers: { 'retry-after': '3600' } });
      await first.write('5001', { text: 'kept' });
      await until('it was tried', () => first.hook.received.length > 0);
      first.hook.reply = null;
      await first.sandbox.close();
      const second = await startFixture({ stateFile });
      await until('it arrives', () => first.hook.received.length > 1);
      const [one, two] = first.hook.received;
      expect(two?.raw).toBe(one?.raw);
      await second.close();
    } finally {
      await first.close().catch(() => undefined);
      await rm(folder, { recursive: true });
    }
  });
});
