import type { Channel, ChannelAccount } from '../../../src/channels/channel.ts';
import { createWhatsApp } from '../../../src/channels/whatsapp/index.ts';
import { startSandbox } from '../../../sandbox/sandbox.ts';
import { command, type Control, createControl } from '../../contract/sandbox-control.ts';
import { openInbox, type WebhookInbox } from '../../contract/webhook-inbox.ts';

const SECRET = 'contract-app-secret';
export const VERIFY_TOKEN = 'contract-verify-token';
export const PHONE_NUMBER_ID = '106540000000777';
/** Has written, so that it can be answered. */
export const CUSTOMER = '16505557777';
export const CUSTOMER_NAME = 'Ana 👋🏽 Contract';

/** Another business, whose webhooks nobody asked for. */
export const OTHER_ACCOUNT = accountOf('106540000000888');

/** The connector before the fake WhatsApp. */
export type WhatsAppUnderTest = {
  channel: Channel;
  /** Another connector, at this address. */
  connector(url: string): Channel;
  /** Connected: its webhooks go to `inbox`. */
  account: ChannelAccount;
  inbox: WebhookInbox;
  /** `/control/whatsapp`. */
  control: Control;
  apiUrl: string;
  close(): Promise<void>;
};

/** Starts a sandbox of its own with a number, a customer and an inbox for the webhooks. */
export async function startWhatsApp(): Promise<WhatsAppUnderTest> {
  const sandbox = await startSandbox({ port: 0, appSecret: SECRET, verifyToken: VERIFY_TOKEN });
  const connector = (url: string) =>
    createWhatsApp({
      apiUrl: `${url}/v25.0`,
      appSecrets: ['another-product’s-secret', SECRET],
      verifyToken: VERIFY_TOKEN,
    });
  const channel = connector(`${sandbox.url}/whatsapp`);
  const account = accountOf(PHONE_NUMBER_ID);
  const inbox = await openInbox(channel, account);
  const control = createControl(`${sandbox.url}/control/whatsapp`);
  await setUp(control, inbox.url);
  await channel.connectAccount(account, null);
  return {
    ...{ channel, connector, account, inbox, control },
    apiUrl: `${sandbox.url}/whatsapp/v25.0`,
    async close() {
      await inbox.close();
      await sandbox.close();
    },
  };
}

function accountOf(externalId: string): ChannelAccount {
  const credentials = { access_token: `EAAG${externalId}0000000000000000` };
  const details = { waba_id: `2${externalId}` };
  return { id: `acc_${externalId}`, externalId, details, credentials };
}

async function setUp(control: Control, inboxUrl: string): Promise<void> {
  for (const account of [accountOf(PHONE_NUMBER_ID), OTHER_ACCOUNT])
    await command(control, 'POST', '/accounts', {
      phone_number_id: account.externalId,
      ...account.details,
      ...account.credentials,
    });
  // Opens the window, before there is an inbox to hear of it.
  await command(control, 'POST', `/customers/${CUSTOMER}/messages`, {
    account: PHONE_NUMBER_ID,
    name: CUSTOMER_NAME,
    text: 'first',
  });
  await command(control, 'PUT', '/webhook', { url: inboxUrl });
  const settings = { sent_after_ms: 0, delivered_after_ms: 0, failed_after_ms: 0 };
  await command(control, 'PUT', '/settings', settings);
}
