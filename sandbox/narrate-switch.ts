import type { Feed } from './feed.ts';
import { DEMO_ACCOUNT } from './instagram/state.ts';
import type { SwitchName } from './switches.ts';
import type { Wiring } from './wiring.ts';

const NAMES: Record<SwitchName, string> = {
  rate_limit: 'Instagram answers 429',
  server_error: 'Instagram has a passing fault',
  timeout_lost: 'Messages to Instagram get lost',
  timeout_arrived: 'Instagram’s answers get lost',
  token_expired: 'The account’s token has expired',
  window_closed: 'The 24-hour window is closed',
  crm_down: 'The CRM is down',
};

/**
 * Tells the page that a switch moved. With the token valid again the account's owner "logs in":
 * the router paused the account and goes on only with a token that it could validate.
 */
export async function narrateSwitch(
  { feed, wiring }: { feed: Feed; wiring: Wiring },
  name: SwitchName,
  on: boolean,
): Promise<void> {
  const tell = (title: string, tone: 'note' | 'warning', detail: string | null = null) =>
    feed.add({ tone, from: 'sandbox', to: null, title, detail, customerId: null });
  tell(on ? `${NAMES[name]} from now on` : `No longer: ${NAMES[name]}`, 'note');
  const { api_url: url, api_key: key, account_id: account } = wiring.get();
  if (name !== 'token_expired' || on || !url || !key || !account) return;
  const answer = await fetch(`${url}/api/v1/accounts/${encodeURIComponent(account)}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ access_token: DEMO_ACCOUNT.access_token }),
    signal: AbortSignal.timeout(5000),
  }).catch(() => null);
  if (answer?.ok)
    tell('The account’s owner logged in again', 'note', 'The router has a valid token.');
  else
    tell(
      'The router did not take the new token',
      'warning',
      'Send it yourself: PUT /api/v1/accounts/{account_id} with access_token, using an admin key.',
    );
}
