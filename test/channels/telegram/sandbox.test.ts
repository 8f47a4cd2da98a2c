import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChannelAccount } from '../../../src/channels/channel.ts';
import { createTelegram } from '../../../src/channels/telegram/index.ts';
import { openInbox, type WebhookInbox } from '../../contract/webhook-inbox.ts';
import { until } from '../../sandbox/http.ts';
import {
  BOT,
  startFixture,
  TOKEN,
  type Fixture,
  type Json,
} from '../../sandbox/telegram-fixture.ts';

/** What only Telegram has, with the sandbox in its place. */

const account: ChannelAccount = {
  id: 'acc_sandbox',
  externalId: BOT,
  details: {},
  credentials: { bot_token: TOKEN },
};
const ANN = '5005';

let fixture: Fixture;
let channel: ReturnType<typeof createTelegram>;
let inbox: WebhookInbox;
beforeAll(async () => {
  fixture = await startFixture();
  channel = createTelegram({ apiUrl: `${fixture.sandbox.url}/telegram` });
  inbox = await openInbox(channel, account);
  await channel.connectAccount(account, `${inbox.url}/webhooks/telegram/${account.id}`);
});
afterAll(async () => {
  await fixture?.close();
  await inbox?.close();
});

function send(recipientId: string, text: string) {
  return channel.send(account, {
    recipientId,
    content: { type: 'text', text },
    refersTo: null,
    customerWroteAt: null,
    callbackData: 'm',
    deadline: performance.now() + 5000,
    answerTimeoutMs: 4000,
  });
}

describe('Telegram alone', () => {
  it('answers a pressed button with the webhook’s own answer', async () => {
    await fixture.write(ANN, { text: 'hi' });
    const { body } = await fixture.bot('sendMessage', {
      chat_id: ANN,
      text: 'Which size?',
      reply_markup: { inline_keyboard: [[{ text: 'XL 👕', callback_data: 'size:xl' }]] },
    });
    await fixture.act(ANN, 'callback', { data: 'size:xl' });
    const event = await inbox.event('message', ({ content }) => content.type === 'postback');
    expect(event).toMatchObject({
      content: { text: 'XL 👕', payload: 'size:xl' },
      customer: { externalId: ANN },
      replyTo: `${ANN}:${body.result.message_id}`,
    });
    await until('the press is answered', async () => {
      const { body: told } = await fixture.control('GET', '/callbacks');
      const [query] = told['data'] as Json[];
      return query?.['answer'] !== null && query !== undefined;
    });
  });

  it('tells that a person blocked the bot, refuses to write to them, and tells of the return', async () => {
    await fixture.act(ANN, 'block');
    expect(await inbox.event('reachability')).toMatchObject({
      reachable: false,
      customer: { externalId: ANN },
    });
    expect(await send(ANN, 'still there?')).toMatchObject({
      class: 'refused',
      code: '403',
      message: 'Forbidden: bot was blocked by the user',
    });
    await fixture.act(ANN, 'unblock');
    expect(await inbox.event('reachability')).toMatchObject({ reachable: true });
    expect(await send(ANN, 'welcome back')).toMatchObject({ class: 'sent' });
  });

  it('tells a shared contact that is the person’s own from another one', async () => {
    const contact = { phone_number: '+491701234567', first_name: 'Ann' };
    await fixture.write(ANN, { contact: { ...contact, user_id: ANN } });
    await fixture.write(ANN, { contact: { ...contact, user_id: '6006' } });
    const isContact = ({ content }: { content: { type: string } }) => content.type === 'contact';
    const own = await inbox.event('message', isContact);
    const other = await inbox.event('message', isContact);
    expect([own.content.payload, other.content.payload]).toEqual(['own_contact', undefined]);
    expect(own.content.attachments).toMatchObject([{ type: 'contact', phone: '+491701234567' }]);
  });

  it('follows a group that becomes a supergroup, from either side', async () => {
    const group = '-4004';
    await fixture.control('PUT', `/accounts/${BOT}`, { privacy: false });
    await fixture.act(group, 'join');
    await fixture.write(group, { text: 'hello group', from: { id: ANN, name: 'Ann Ä' } });
    const event = await inbox.event('message', ({ content }) => content.text === 'hello group');
    expect(event.customer).toMatchObject({ externalId: ANN, group: { externalId: group } });
    expect(await send(group, 'hello all')).toMatchObject({ class: 'sent' });

    const { body } = await fixture.act(group, 'migrate');
    const newExternalId = String(body['migrate_to_chat_id']);
    const both = [await inbox.event('identity_changed'), await inbox.event('identity_changed')];
    for (const told of both)
      expect(told).toMatchObject({
        customer: { externalId: group },
        now: { externalId: newExternalId },
      });
    expect(both[0]?.key).toBe(both[1]?.key);
    const outcome = await send(group, 'where are you?');
    expect(outcome).toMatchObject({ class: 'migrated', newRecipientId: newExternalId });
    expect(await send(newExternalId, 'here')).toMatchObject({ class: 'sent' });
  });

  it('keeps the pictures of an album apart, and their caption', async () => {
    const attachments = ['photo', 'photo'].map((type) => ({ type }));
    const ids = await fixture.write(ANN, { attachments, text: 'two of them' });
    const events = [];
    for (const id of ids)
      events.push(await inbox.event('message', (one) => one.platformMessageId === `${ANN}:${id}`));
    expect(events.map(({ content }) => content.type)).toEqual(['image', 'image']);
    expect(events.map(({ content }) => content.text)).toContain('two of them');
  });

  it('is told to wait by a limit of one chat', async () => {
    await fixture.settings({ chat_per_second: 1 });
    const outcomes = [await send(ANN, 'one'), await send(ANN, 'two')];
    await fixture.settings({ chat_per_second: null });
    expect(outcomes[0]?.class).toBe('sent');
    expect(outcomes[1]).toMatchObject({ class: 'throttled', scope: 'recipient' });
    expect(outcomes[1]).toMatchObject({ retryAfterMs: expect.any(Number) });
  });
});
