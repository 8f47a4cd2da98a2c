import { createServer } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { Bot, InputFile, webhookCallback } from 'node-telegram-bot-api';
import { SANDBOX, TOKEN, done, ready, step } from './link.mjs';
import { telegramSteps } from './telegram-steps.mjs';

function bot() {
  const made = new Bot(TOKEN, { apiRoot: `${SANDBOX}/telegram`, maxRetries: 0 });
  made.seen = 0;
  made.use((ctx, next) => (made.seen++, next()));
  made.on('message', (ctx) => (ctx.message?.text === 'ping' ? ctx.reply('pong') : undefined));
  return made;
}

const { api } = bot();
await telegramSteps(
  (method, payload) => (payload ? api[method](payload) : api[method]()),
  (text, filename) => new InputFile(Buffer.from(text), { filename }),
);
await step('polling', async () => {
  const polling = bot();
  const running = polling.startPolling(undefined, {
    allowed_updates: JSON.parse(process.env.ALLOWED),
  });
  const made = await ready('polling');
  if (polling.seen < made) throw new Error(`${polling.seen} of ${made} updates`);
  polling.stop();
  await running;
});
await step('webhook', async () => {
  const handle = webhookCallback(bot(), { secretToken: 's' });
  const server = createServer(async (incoming, answer) => {
    const body = await readText(incoming);
    const { method, headers } = incoming;
    const { status } = await handle(
      new Request('http://127.0.0.1/hook', { method, headers, body }),
    );
    answer.writeHead(status).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/hook`;
  await api.setWebhook({ url, secret_token: 's' });
  await ready('webhook');
});
done();
