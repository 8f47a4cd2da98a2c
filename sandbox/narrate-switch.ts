import type { Feed } from './feed.ts';
import { crmSwitches } from './crm/switches.ts';
import type { Platform } from './platform.ts';
import type { Wiring } from './wiring.ts';

type Deps = { feed: Feed; wiring: Wiring; platforms: Platform[] };

/**
 * Tells the page that a switch moved. With the token valid again the account's owner "logs in":
 * the router paused the account and goes on only with a token that it could validate.
 */
export async function narrateSwitch(
  { feed, wiring, platforms }: Deps,
  side: string,
  name: string,
  on: boolean,
): Promise<void> {
  const platform = platforms.find((candidate) => candidate.name === side);
  const told =
    (platform?.switches ?? crmSwitches).find((candidate) => candidate.name === name)?.told ?? name;
  const tell = (title: string, tone: 'note' | 'warning', detail: string | null = null) =>
    feed.add({ tone, from: 'sandbox', to: null, title, detail, customerId: null });
  tell(on ? `${told} from now on` : `No longer: ${told}`, 'note');
  const { api_url: url, api_key: key } = wiring.get();
  const account = wiring.accountOn(side);
  if (!platform || name !== 'token_expired' || on || !url || !key || !account) return;
  const answer = await fetch(`${url}/api/v1/accounts/${encodeURIComponent(account)}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(platform.credentials),
    signal: AbortSignal.timeout(5000),
  }).catch(() => null);
  if (answer?.ok)
    tell('The account’s owner logged in again', 'note', 'The router has a valid token.');
  else
    tell(
      'The router did not take the new token',
      'warning',
      'Send it yourself: PUT /api/v1/accounts/{account_id}, using an admin key.',
    );
}
