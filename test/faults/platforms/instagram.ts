import { randomUUID } from 'node:crypto';
import { hubSignature, metaBytes } from '../../../sandbox/meta-signature.ts';
import type { Account } from '../driver.ts';
import type { Platform } from './platform.ts';

export const instagram: Platform = {
  channel: 'instagram',
  evidence: 'echo',
  sendPath: '/messages',
  customerId: (name) => name,
  environment: ({ line, appSecret }) => ({
    INSTAGRAM_APP_SECRET: appSecret,
    INSTAGRAM_API_URL: `${line}/instagram/v25.0`,
  }),
  account(number) {
    const externalId = `1784140001${String(number).padStart(7, '0')}`;
    const credentials = {
      instagram_account_id: externalId,
      username: `shop.${number}`,
      access_token: `IGAAshop${String(number).padStart(40, '0')}`,
    };
    return { externalId, platformSide: credentials, routerSide: credentials };
  },
  async introduce(control, api) {
    await control('PUT', '/instagram/webhook', { url: `${api}/webhooks/instagram` });
    await control('PUT', '/instagram/settings', { retry_delays_ms: [300, 600, 1000] });
  },
  silence: { echo: false },
  openWindow: ({ externalId }, customer) => ({
    path: `/instagram/customers/${customer}`,
    body: { account: externalId, window: 'open' },
  }),
  readSend({ body }) {
    type Send = { recipient?: { id: string }; message?: { text: string } };
    const { recipient, message } = body as Send;
    return { customer: String(recipient?.id), text: String(message?.text) };
  },
  newMessageId: () => `aWdfZAG1${randomUUID().replaceAll('-', '')}ZD`,
  wordOf: ({ account, customer, text, id, at }) =>
    webhook(account, [
      {
        sender: { id: customer },
        recipient: { id: account.externalId },
        timestamp: at,
        message: { mid: id, text },
      },
    ]),
  signed(body, _account, appSecret) {
    const bytes = Buffer.isBuffer(body) ? body : metaBytes(body);
    const headers = { 'x-hub-signature-256': hubSignature(appSecret, bytes) };
    return { path: '/webhooks/instagram', headers, bytes };
  },
};

/** A webhook of the platform with these messaging items. */
export function webhook(account: Account, messaging: unknown[]): object {
  return { object: 'instagram', entry: [{ id: account.externalId, time: Date.now(), messaging }] };
}
