import { createServer } from 'node:http';
import { Bot, InputFile, webhookCallback } from 'grammy';
import { SANDBOX, TOKEN, done, ready, step } from './link.mjs';
import { telegramSteps } from './telegram-steps.mjs';

function bot() {
  // Without a slash at the end: grammY refuses one.
  const made = new Bot(TOKEN, { client: { apiRoot: `${SANDBOX}/telegram` } });
  made.seen = 0;
  made.use((ctx, next) => (made.seen++, next()));
  made.on('message:text', (ctx) => (ctx.msg.text === 'ping' ? ctx.reply('pong') : undefined));
  return made;
}

const { api } = bot();
await telegramSteps(
  (method, payload) => (payload ? api.raw[method](payload) : api.raw[method]()),
  (text, name) => new InputFile(Buffer.from(text), name),
);
await step('polling', async () => {
  const polling = bot();
  const running = polling.start({ allowed_updates: JSON.parse(process.env.ALLOWED) });
  const made = await ready('polling');
  if (polling.seen < made) throw new Error(`${polling.seen} of ${made} updates`);
  await polling.stop();
  await running;
});
await step('webhook', async () => {
  const hooked = bot();
  const server = createServer(webhookCallback(hooked, 'http', { secretToken: 's' }));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  await api.setWebhook(`http://127.0.0.1:${server.address().port}/hook`, { secret_token: 's' });
  await ready('webhook');
});
done();
