import { createHmac } from 'node:crypto';
import { digitsOf } from './digits.ts';
import type { Platform } from './platform.ts';

const botOf = (number: number) => `7200${String(number).padStart(6, '0')}`;
const tokenOf = (number: number) => `${botOf(number)}:AAfaults-token_000000000000000000000`;

/** Above those that the fake platform gives to the messages of its bots. */
let lastId = 1_000_000;

export const telegram: Platform = {
  channel: 'telegram',
  evidence: null,
  sendPath: '/sendMessage',
  customerId: (name) => `5${digitsOf(name, 9)}`,
  environment: ({ line }) => ({ TELEGRAM_API_URL: `${line}/telegram` }),
  account(number) {
    const bot_token = tokenOf(number);
    return {
      externalId: botOf(number),
      platformSide: { bot_token, username: `shop_${number}_bot` },
      routerSide: { bot_token },
    };
  },
  introduce: (control) => control('PUT', '/telegram/settings', { retry_scale: 0.2 }),
  silence: null,
  openWindow: ({ externalId }, customer) => ({
    path: `/telegram/customers/${customer}`,
    body: { account: externalId, name: 'A customer', started: true },
  }),
  readSend({ body }) {
    const { chat_id, text } = body as { chat_id?: number; text?: string };
    return { customer: String(chat_id), text: String(text) };
  },
  newMessageId: () => String((lastId += 1)),
  wordOf({ customer, text, id, at }) {
    const person = { id: Number(customer), first_name: 'A customer' };
    return {
      update_id: Number(id),
      message: {
        message_id: Number(id),
        from: { ...person, is_bot: false },
        chat: { ...person, type: 'private' },
        date: Math.floor(at / 1000),
        text,
      },
    };
  },
  signed(body, account) {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const secret = createHmac('sha256', tokenOf(account.number))
      .update(`chat4all webhook ${account.id}`)
      .digest('hex');
    const headers = { 'x-telegram-bot-api-secret-token': secret };
    return { path: `/webhooks/telegram/${account.id}`, headers, bytes };
  },
};
