import { join } from 'node:path';
import { z } from 'zod';
import {
  DEMO_ACCOUNT,
  DEMO_BOT,
  DEMO_BOT_ID,
  DEMO_WHATSAPP_ACCOUNT,
} from '../../sandbox/sandbox.ts';
import { writePrivately } from './secrets.ts';

/** Where the demo CRM receives webhooks. */
export const DEMO_CRM_PATH = '/crm/webhooks';

/** The demo account of each platform that the sandbox plays, and how it is known again. */
const DEMO_ACCOUNTS = {
  instagram: {
    account: DEMO_ACCOUNT,
    shown: { instagram_account_id: DEMO_ACCOUNT.instagram_account_id },
  },
  whatsapp: {
    account: { channel: 'whatsapp', ...DEMO_WHATSAPP_ACCOUNT },
    shown: { phone_number_id: DEMO_WHATSAPP_ACCOUNT.phone_number_id },
  },
  telegram: {
    account: { channel: 'telegram', bot_token: DEMO_BOT.bot_token },
    shown: { bot_id: DEMO_BOT_ID },
  },
};

export type DemoChannel = keyof typeof DEMO_ACCOUNTS;

/** Platforms that are told once per app where their webhooks go; the others, by each account. */
const WITH_APP_CALLBACK: readonly DemoChannel[] = ['instagram', 'whatsapp'];

/** What a person or a script needs to talk to a local router; the content of `demo.json`. */
export type DemoAccess = {
  api: string;
  sandbox: string;
  temporal_ui: string | null;
  admin_key: string;
  /** Our ids of the demo accounts by channel; none where the platform is the real one. */
  accounts: Partial<Record<DemoChannel, string>>;
};

export type DemoOptions = Omit<DemoAccess, 'accounts'> & {
  dataDir: string;
  verifyToken: string;
  webhookUrl: string;
  webhookSecret: string;
  /** Those whose platform is the sandbox. */
  channels: DemoChannel[];
};

const Account = z.object({
  account_id: z.string(),
  crm_webhook_url: z.string().nullable().optional(),
});
const Accounts = z.object({
  data: z.array(z.looseObject({ ...Account.shape })),
  next_cursor: z.string().nullish(),
});

/**
 * Introduces router and sandbox to each other (demo accounts, webhook callbacks, the demo CRM's key)
 * and writes `<dataDir>/demo.json` (mode 0600). May run at every start.
 */
export async function setUpDemo(options: DemoOptions): Promise<DemoAccess> {
  const { api, sandbox, temporal_ui, admin_key } = options;
  const accounts: DemoAccess['accounts'] = {};
  for (const channel of options.channels) {
    if (WITH_APP_CALLBACK.includes(channel))
      await call('PUT', `${sandbox}/control/${channel}/webhook`, {
        url: `${api}/webhooks/${channel}`,
        verify_token: options.verifyToken,
      });
    const account = await ensureAccount(options, channel);
    await ensureAutoReply(options, account);
    accounts[channel] = account;
  }
  if (options.channels.length > 0)
    await call('PUT', `${sandbox}/control/router`, {
      api_url: api,
      api_key: admin_key,
      accounts: Object.fromEntries(
        Object.entries(accounts).map(([channel, account_id]) => [
          channel,
          { account_id, webhook_secret: options.webhookSecret },
        ]),
      ),
      ...(temporal_ui === null ? {} : { temporal_ui }),
    });
  const access: DemoAccess = { api, sandbox, temporal_ui, admin_key, accounts };
  writePrivately(join(options.dataDir, 'demo.json'), access);
  return access;
}

async function ensureAccount(options: DemoOptions, channel: DemoChannel): Promise<string> {
  const url = `${options.api}/api/v1/accounts`;
  const { admin_key: key, webhookUrl } = options;
  const { account, shown } = DEMO_ACCOUNTS[channel];
  const existing = await findAccount(url, key, shown);
  if (!existing) {
    const webhook = { crm_webhook_url: webhookUrl, webhook_secret: options.webhookSecret };
    const created = await call('POST', url, { ...account, ...webhook }, key);
    return Account.parse(created).account_id;
  }
  if (isMovedDemoCrm(existing.crm_webhook_url, webhookUrl))
    await call('PUT', `${url}/${existing.account_id}`, { crm_webhook_url: webhookUrl }, key);
  return existing.account_id;
}

/** What the demo account answers by itself, so that a newcomer sees it. */
const AUTO_REPLY = {
  match: 'exact',
  pattern: 'order66',
  text: 'Your order 66 is on its way, {name}.',
  cooldown_seconds: 5,
};
const Rules = z.object({ data: z.array(z.object({ pattern: z.string() })) });

async function ensureAutoReply(options: DemoOptions, accountId: string): Promise<void> {
  const url = `${options.api}/api/v1/accounts/${accountId}/auto-replies`;
  const rules = Rules.parse(await call('GET', `${url}?limit=100`, undefined, options.admin_key));
  if (rules.data.some(({ pattern }) => pattern === AUTO_REPLY.pattern)) return;
  await call('POST', url, AUTO_REPLY, options.admin_key);
}

/** The sandbox is on another port now; a URL that a person chose is left alone. */
function isMovedDemoCrm(stored: string | null | undefined, wanted: string): boolean {
  if (!stored || stored === wanted || !wanted.endsWith(DEMO_CRM_PATH)) return false;
  const { hostname, pathname } = new URL(stored);
  return hostname === '127.0.0.1' && pathname === DEMO_CRM_PATH;
}

async function findAccount(
  url: string,
  key: string,
  shown: Record<string, string>,
): Promise<z.output<typeof Account> | undefined> {
  let cursor: string | undefined;
  do {
    const query: string = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = Accounts.parse(await call('GET', `${url}?limit=100${query}`, undefined, key));
    const found = page.data.find((account) =>
      Object.entries(shown).every(([name, value]) => account[name] === value),
    );
    if (found) return found;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return undefined;
}

async function call(method: string, url: string, body?: object, key?: string): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await answer.text();
  if (!answer.ok)
    throw new Error(`The demo could not be set up: ${method} ${url} → ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
