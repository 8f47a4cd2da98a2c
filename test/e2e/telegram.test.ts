import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../sandbox/http.ts';
import { readLedger } from '../support/observe.ts';
import { startRouter, type RouterUnderTest } from '../support/router.ts';

/** A bot in a router of its own, with the sandbox's Telegram: what no other channel does. */

const BOT = '7100000042';
const TOKEN = `${BOT}:AAe2e-token_00000000000000000000000000`;
const ANN = '5005000001';
const GROUP = '-400500';

type Event = { type: string; conversation_id: string; data: Record<string, unknown> };

let router: RouterUnderTest;
let account: string;

beforeAll(async () => {
  router = await startRouter({ processes: 'together', env: { OUTBOUND_RETRY_DELAYS: '0.1,0.2' } });
  const demo = { bot_token: TOKEN, username: 'e2e_bot' };
  await router.control('POST', '/telegram/accounts', demo);
  await router.control('PUT', `/telegram/accounts/${BOT}`, { privacy: false });
  const created = await router.call('POST', '/api/v1/accounts', {
    channel: 'telegram',
    bot_token: TOKEN,
  });
  expect(created).toMatchObject({ status: 201, body: { bot_id: BOT, username: 'e2e_bot' } });
  expect(JSON.stringify(created.body)).not.toContain(TOKEN);
  account = String(created.body['account_id']);
}, 120_000);
afterAll(() => router?.close());

const act = (chat: string, verb: string, body: object) =>
  router.control<{ message_id: number }>('POST', `/telegram/customers/${chat}/${verb}`, {
    account: BOT,
    ...body,
  });

async function events(): Promise<Event[]> {
  const calls = await readLedger(router.sandbox.url, 'crm');
  return calls.map(({ body }) => body as Event);
}

/** Waits for an event that fits. */
async function event(what: string, fits: (event: Event) => boolean): Promise<Event> {
  let found: Event | undefined;
  await until(what, async () => (found = (await events()).find(fits)) !== undefined, 20_000);
  if (!found) throw new Error(`Not found: ${what}`);
  return found;
}

async function send(body: object) {
  const answer = await router.call('POST', '/api/v1/messages', body);
  expect(answer).toMatchObject({ status: 202 });
  const id = String(answer.body['message_id']);
  return router.untilStatus(id, 'sent').then((status) => ({ id, status }));
}

async function shown(chat: string) {
  const { data } = await router.control<{ data: { messages: Record<string, unknown>[] }[] }>(
    'GET',
    `/telegram/customers/${chat}`,
  );
  return data[0]?.messages ?? [];
}

describe('a Telegram bot', () => {
  it('is written to, answers with a quote, changes its answer, and reacts', async () => {
    const { message_id } = await act(ANN, 'messages', { text: 'Is it open? 👋🏽', name: 'Ann Ä' });
    const heard = await event('the question', ({ data }) => data['text'] === 'Is it open? 👋🏽');
    expect(heard).toMatchObject({
      type: 'message.received',
      data: { channel: 'telegram', sender_id: ANN },
    });
    const conversation_id = heard.conversation_id;
    const question = String(heard.data['message_id']);
    const content = { type: 'text', text: 'Yes, untill six' };
    const answer = await send({ conversation_id, content, reply_to: question });
    const edit = { type: 'edit', message_id: answer.id, text: 'Yes, until six' };
    await send({ conversation_id, content: edit });
    const reaction = { type: 'reaction', message_id: question, emoji: '❤️' };
    await send({ conversation_id, content: reaction });
    const messages = await shown(ANN);
    expect(messages.at(-1)).toMatchObject({
      content: { text: 'Yes, until six' },
      replyTo: message_id,
    });
    expect(messages.find(({ id }) => id === message_id)).toMatchObject({
      reactions: { bot: ['❤'] },
    });
  });

  it('takes each update once, however often it comes', async () => {
    await router.control('POST', '/telegram/webhooks', { mode: 'duplicate', count: 1 });
    await act(ANN, 'messages', { text: 'said once' });
    await act(ANN, 'messages', { text: 'and then this' });
    await event('what came after', ({ data }) => data['text'] === 'and then this');
    const ids = (await events())
      .filter(({ data }) => data['text'] === 'said once')
      .map(({ data }) => data['message_id']);
    expect(new Set(ids).size).toBe(1);
  });

  it('answers a pressed button without a call of its own', async () => {
    const conversation_id = (await event('a message', ({ data }) => data['sender_id'] === ANN))
      .conversation_id;
    await send({ conversation_id, content: { type: 'text', text: 'Small or large?' } });
    await act(ANN, 'callback', { data: 'size:l' });
    const pressed = await event('the press', ({ data }) => data['message_type'] === 'postback');
    expect(pressed).toMatchObject({ conversation_id, data: { payload: 'size:l' } });
    await until('the press is answered', async () => {
      const { data } = await router.control<{ data: object[] }>('GET', '/telegram/callbacks');
      return data.length > 0 && data.every((query) => 'answer' in query && query.answer !== null);
    });
  });

  it('follows a group that becomes a supergroup while it writes', async () => {
    await act(GROUP, 'join', {});
    await act(GROUP, 'messages', { text: 'hello group', from: { id: ANN, name: 'Ann Ä' } });
    const heard = await event('the group', ({ data }) => data['text'] === 'hello group');
    expect(heard.data).toMatchObject({ sender_id: ANN, group: { id: GROUP } });
    const { conversation_id } = heard;
    // The webhooks that tell of it come later than the send that meets it.
    await router.control('POST', '/telegram/webhooks', { mode: 'hold' });
    const moved = await router.control<{ migrate_to_chat_id: string }>(
      'POST',
      `/telegram/customers/${GROUP}/migrate`,
      { account: BOT },
    );
    const { status } = await send({
      conversation_id,
      content: { type: 'text', text: 'still here' },
    });
    expect(status.platform_message_id).toMatch(new RegExp(`^${moved.migrate_to_chat_id}:`));
    await router.control('POST', '/telegram/webhooks', { mode: 'release' });
    await router.control('POST', '/telegram/webhooks', { mode: 'normal' });
    await act(moved.migrate_to_chat_id, 'messages', { text: 'we moved', from: ANN });
    const later = await event('the supergroup', ({ data }) => data['text'] === 'we moved');
    expect(later.conversation_id).toBe(conversation_id);
    const texts = (await shown(moved.migrate_to_chat_id)).map(
      ({ content }) => (content as { text?: string }).text,
    );
    expect(texts.filter((text) => text === 'still here')).toHaveLength(1);
  });

  it('that was blocked says so, and that was revoked waits for a new token', async () => {
    await act(ANN, 'block', {});
    const refused = await router.call('POST', '/api/v1/messages', {
      account_id: account,
      recipient: ANN,
      content: { type: 'text', text: 'hello?' },
    });
    const failed = await router.untilStatus(String(refused.body['message_id']), 'failed');
    expect(failed.error).toMatchObject({ code: '403' });
    await act(ANN, 'unblock', {});

    await router.control('PUT', `/telegram/accounts/${BOT}`, { token: 'revoked' });
    const waiting = await router.call('POST', '/api/v1/messages', {
      account_id: account,
      recipient: ANN,
      content: { type: 'text', text: 'after all' },
    });
    const id = String(waiting.body['message_id']);
    await event('the pause', ({ type }) => type === 'account.paused');
    const bot_token = TOKEN.replace('AAe2e', 'AAnew');
    await router.control('PUT', `/telegram/accounts/${BOT}`, { bot_token });
    const changed = await router.call('PUT', `/api/v1/accounts/${account}`, { bot_token });
    expect(changed.status).toBe(200);
    await router.untilStatus(id, 'sent');
    // The webhook's secret came with the new token.
    await act(ANN, 'messages', { text: 'heard again' });
    await event('a message after that', ({ data }) => data['text'] === 'heard again');
  });

  it('ends its webhook with the account', async () => {
    expect((await router.call('DELETE', `/api/v1/accounts/${account}`)).status).toBe(204);
    const { data } = await router.control<{ data: object[] }>('GET', '/telegram/accounts');
    expect(data).toContainEqual(expect.objectContaining({ bot_id: BOT, webhook: null }));
  });
});
