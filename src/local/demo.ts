import { join } from 'node:path';
import { z } from 'zod';
import { DEMO_ACCOUNT } from '../../sandbox/sandbox.ts';
import { writePrivately } from './secrets.ts';

/** Where the demo CRM receives webhooks. */
export const DEMO_CRM_PATH = '/crm/webhooks';

/** What a person or a script needs to talk to a local router; the content of `demo.json`. */
export type DemoAccess = {
  api: string;
  sandbox: string;
  temporal_ui: string | null;
  admin_key: string;
  /** Our ids of the demo accounts by channel; empty where the platform is the real one. */
  accounts: { instagram?: string };
};

export type DemoOptions = Omit<DemoAccess, 'accounts'> & {
  dataDir: string;
  verifyToken: string;
  webhookUrl: string;
  webhookSecret: string;
  /** Whether the router's Instagram is the sandbox. */
  withInstagram: boolean;
};

const Account = z.object({
  account_id: z.string(),
  instagram_account_id: z.string(),
  crm_webhook_url: z.string().nullable().optional(),
});
const Accounts = z.object({ data: z.array(Account), next_cursor: z.string().nullish() });

/**
 * Introduces router and sandbox to each other (demo account, webhook callback, the demo CRM's key)
 * and writes `<dataDir>/demo.json` (mode 0600). May run at every start.
 */
export async function setUpDemo(options: DemoOptions): Promise<DemoAccess> {
  const { api, sandbox, temporal_ui, admin_key } = options;
  const accounts: DemoAccess['accounts'] = {};
  if (options.withInstagram) {
    await call('PUT', `${sandbox}/control/instagram/webhook`, {
      url: `${api}/webhooks/instagram`,
      verify_token: options.verifyToken,
    });
    accounts.instagram = await ensureAccount(options);
    await call('PUT', `${sandbox}/control/router`, {
      api_url: api,
      api_key: admin_key,
      account_id: accounts.instagram,
      webhook_secret: options.webhookSecret,
      ...(temporal_ui === null ? {} : { temporal_ui }),
    });
  }
  const access: DemoAccess = { api, sandbox, temporal_ui, admin_key, accounts };
  writePrivately(join(options.dataDir, 'demo.json'), access);
  return access;
}

async function ensureAccount(options: DemoOptions): Promise<string> {
  const url = `${options.api}/api/v1/accounts`;
  const { admin_key: key, webhookUrl } = options;
  const existing = await findAccount(url, key);
  if (!existing) {
    const webhook = { crm_webhook_url: webhookUrl, webhook_secret: options.webhookSecret };
    const created = await call('POST', url, { ...DEMO_ACCOUNT, ...webhook }, key);
    return Account.parse(created).account_id;
  }
  if (isMovedDemoCrm(existing.crm_webhook_url, webhookUrl))
    await call('PUT', `${url}/${existing.account_id}`, { crm_webhook_url: webhookUrl }, key);
  return existing.account_id;
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
): Promise<z.output<typeof Account> | undefined> {
  let cursor: string | undefined;
  do {
    const query: string = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = Accounts.parse(await call('GET', `${url}?limit=100${query}`, undefined, key));
    const wanted = DEMO_ACCOUNT.instagram_account_id;
    const found = page.data.find((account) => account.instagram_account_id === wanted);
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
