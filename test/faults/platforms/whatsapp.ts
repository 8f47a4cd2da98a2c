import { randomUUID } from 'node:crypto';
import { hubSignature, metaBytes } from '../../../sandbox/meta-signature.ts';
import type { Account } from '../driver.ts';
import { digitsOf } from './digits.ts';
import type { Platform } from './platform.ts';

const wabaOf = (number: number) => `2100000${String(number).padStart(8, '0')}`;

export const whatsapp: Platform = {
  channel: 'whatsapp',
  evidence: 'status',
  sendPath: '/messages',
  customerId: (name) => `4915${digitsOf(name, 9)}`,
  environment: ({ line, appSecret }) => ({
    FACEBOOK_APP_SECRET: appSecret,
    WHATSAPP_API_URL: `${line}/whatsapp/v25.0`,
  }),
  account(number) {
    const externalId = `1060000${String(number).padStart(8, '0')}`;
    const credentials = {
      phone_number_id: externalId,
      waba_id: wabaOf(number),
      access_token: `EAAGshop${String(number).padStart(40, '0')}`,
    };
    return { externalId, platformSide: credentials, routerSide: credentials };
  },
  async introduce(control, api) {
    await control('PUT', '/whatsapp/webhook', { url: `${api}/webhooks/whatsapp` });
    await control('PUT', '/whatsapp/settings', { retry_delays_ms: [300, 600, 1000] });
  },
  silence: { statuses: [] },
  openWindow: ({ externalId }, customer) => ({
    path: `/whatsapp/customers/${customer}`,
    body: { account: externalId, window: 'open' },
  }),
  readSend({ body }) {
    type Send = { to?: string; type?: string; text?: { body: string } };
    const { to, type, text } = body as Send;
    // The same path also takes read receipts.
    if (type === undefined) return null;
    return { customer: String(to).replace(/^\+/, ''), text: String(text?.body) };
  },
  newMessageId: () => `wamid.${Buffer.from(randomUUID()).toString('base64url')}`,
  wordOf: ({ account, customer, text, id, at }) =>
    whatsappWebhook(account, {
      contacts: [{ profile: { name: 'A customer' }, wa_id: customer }],
      messages: [
        { from: customer, id, timestamp: secondsOf(at), type: 'text', text: { body: text } },
      ],
    }),
  signed(body, _account, appSecret) {
    const bytes = Buffer.isBuffer(body) ? body : metaBytes(body);
    const headers = { 'x-hub-signature-256': hubSignature(appSecret, bytes) };
    return { path: '/webhooks/whatsapp', headers, bytes };
  },
};

/** A webhook of the platform with these messages, contacts or statuses. */
export function whatsappWebhook(account: Account, value: object): object {
  const metadata = { display_phone_number: '15550000000', phone_number_id: account.externalId };
  const change = {
    field: 'messages',
    value: { messaging_product: 'whatsapp', metadata, ...value },
  };
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: wabaOf(account.number), changes: [change] }],
  };
}

/** Times are seconds as text there. */
export function secondsOf(ms: number): string {
  return String(Math.floor(ms / 1000));
}
