import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Bot, InlineKeyboard, InputFile, webhookCallback } from 'grammy';
import { until } from './http.ts';
import { type Fixture, SECRET, TOKEN, startFixture } from './telegram-fixture.ts';

const ANN = '5001';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

/** A bot that does a little of everything, and what it saw. */
function ordinaryBot() {
  const bot = new Bot(TOKEN, { client: { apiRoot: `${fixture.sandbox.url}/telegram` } });
  const seen: string[] = [];
  bot.command('start', async (ctx) => {
    await ctx.reply('Sure?', { reply_markup: new InlineKeyboard().text('Yes', 'yes') });
    seen.push('start');
  });
  bot.callbackQuery('yes', async (ctx) => {
    await ctx.answerCallbackQuery('ok');
    await ctx.editMessageText('Done');
    seen.push('button');
  });
  bot.on('message:photo', async (ctx) => {
    const { file_path: path } = await ctx.getFile();
    await ctx.replyWithDocument(new InputFile(Buffer.from('hello'), 'a.txt'), { caption: 'here' });
    seen.push(path?.startsWith('photos/') ? 'photo' : `photo at ${path}`);
  });
  bot.on('message:contact', async (ctx) => {
    await ctx.react('👍');
    seen.push('contact');
  });
  bot.on('message:text', async (ctx) => {
    const reply_parameters = { message_id: ctx.msg.message_id };
    await ctx.reply(ctx.msg.text, { reply_parameters });
    seen.push(ctx.msg.text);
  });
  bot.on('my_chat_member', (ctx) => void seen.push(ctx.myChatMember.new_chat_member.status));
  bot.on('edited_message', (ctx) => void seen.push(`edited: ${ctx.editedMessage.text}`));
  return { bot, seen };
}

/** Everything a person can do, one after the other. */
async function play(seen: string[]): Promise<void> {
  const sees = (what: string) => until(`the bot saw ${what}`, () => seen.at(-1) === what);
  await fixture.write(ANN, { text: '/start', name: 'Ann Lee' });
  await sees('start');
  await fixture.act(ANN, 'callback', { data: 'yes' });
  await sees('button');
  await fixture.write(ANN, { attachments: [{ type: 'photo' }], text: 'look' });
  await sees('photo');
  await fixture.write(ANN, { contact: { phone_number: '+1', first_name: 'Ann', user_id: ANN } });
  await sees('contact');
  const [id] = await fixture.write(ANN, { text: 'hello 👨‍👩‍👧' });
  await sees('hello 👨‍👩‍👧');
  await fixture.act(ANN, 'edit', { message_id: id, text: 'bye' });
  await sees('edited: bye');
  await fixture.act(ANN, 'block');
  await sees('kicked');
}

type Chat = { messages: { from: string; content: Record<string, unknown>; replyTo: unknown }[] };

async function expectAnswers(): Promise<void> {
  const { body } = await fixture.control('GET', `/customers/${ANN}`);
  const [chat] = body['data'] as Chat[];
  const sent = chat?.messages.filter(({ from }) => from === 'business') ?? [];
  expect(sent.map(({ content }) => content['text'] ?? content['caption'])).toEqual([
    ...['Done', 'here', 'hello 👨‍👩‍👧'],
  ]);
  expect(sent[1]?.content['document']).toMatchObject({ file_name: 'a.txt', file_size: 5 });
  expect(sent[2]?.replyTo).toEqual(expect.any(Number));
}

describe('an ordinary bot library at the fake Telegram', () => {
  it('works with getUpdates', async () => {
    const { bot, seen } = ordinaryBot();
    const running = bot.start();
    try {
      await play(seen);
    } finally {
      await bot.stop();
      await running;
    }
    await expectAnswers();
  });

  it('works with a webhook', async () => {
    const { bot, seen } = ordinaryBot();
    const server = createServer(webhookCallback(bot, 'http', { secretToken: SECRET }));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
      await bot.api.setWebhook(url, { secret_token: SECRET });
      expect(await bot.api.getWebhookInfo()).toMatchObject({ url, pending_update_count: 0 });
      await play(seen);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await expectAnswers();
  });

  it('gets refusals with their parameters', async () => {
    const { bot } = ordinaryBot();
    await expect(bot.api.sendMessage(9, 'x')).rejects.toMatchObject({
      ...{ error_code: 400, description: 'Bad Request: chat not found' },
    });
    await bot.api.setWebhook(fixture.hook.url);
    await expect(bot.api.setWebhook(fixture.hook.url)).rejects.toMatchObject({
      ...{ error_code: 429, parameters: { retry_after: 1 } },
    });
  });
});
