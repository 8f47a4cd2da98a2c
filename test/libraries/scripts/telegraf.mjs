import { createServer } from 'node:http';
import { Telegraf } from 'telegraf';
import { SANDBOX, TOKEN, done, ready, step } from './link.mjs';
import { telegramSteps } from './telegram-steps.mjs';

function bot() {
  // With a slash at the end: telegraf puts its path behind the last one.
  const made = new Telegraf(TOKEN, { telegram: { apiRoot: `${SANDBOX}/telegram/` } });
  made.seen = 0;
  made.use((ctx, next) => (made.seen++, next()));
  made.on('text', (ctx) => (ctx.message.text === 'ping' ? ctx.reply('pong') : undefined));
  return made;
}

const { telegram } = bot();
await telegramSteps(
  (method, payload) => telegram.callApi(method, payload ?? {}),
  (text, filename) => ({ source: Buffer.from(text), filename }),
);
await step('polling', async () => {
  const polling = bot();
  const running = polling.launch({ allowedUpdates: JSON.parse(process.env.ALLOWED) });
  const made = await ready('polling');
  if (polling.seen < made) throw new Error(`${polling.seen} of ${made} updates`);
  polling.stop();
  await running;
});
await step('webhook', async () => {
  const hooked = bot();
  // `launch({ webhook })` always registers https, so the handler stands in a server of its own.
  const server = createServer(hooked.webhookCallback('/hook', { secretToken: 's' }));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  await telegram.setWebhook(`http://127.0.0.1:${server.address().port}/hook`, {
    secret_token: 's',
  });
  await ready('webhook');
});
done();
