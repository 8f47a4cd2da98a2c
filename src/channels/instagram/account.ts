import type { z } from 'zod';
import type {
  AccountIdentity,
  AccountState,
  ChannelAccount,
  Credentials,
  NewAccount,
  Profile,
  ReadMessage,
  RefreshedCredentials,
} from '../channel.ts';
import { ChannelError } from '../channel.ts';
import { channelErrorOf } from '../meta-errors.ts';
import { successOf } from '../meta-json.ts';
import { readAnswer } from '../read-answer.ts';
import { failureOf } from './errors.ts';
import { graphUrl, MeAnswer, ProfileAnswer, RefreshAnswer } from './schema.ts';
import type { InstagramCalls } from './send.ts';

/** What we want webhooks for; names as in the fields table of Meta's Instagram webhooks page. */
const SUBSCRIBED_FIELDS = [
  'messages',
  'message_edit',
  'message_reactions',
  'messaging_postbacks',
  'messaging_seen',
  'messaging_referral',
  'message_echoes',
  'standby',
].join(',');

/** Nobody waits longer for these than an HTTP client of our own API would. */
const CALL_TIMEOUT_MS = 10_000;

/**
 * Whose token it is: `GET /me`. The account's id is `user_id`, which webhooks carry; `id` belongs
 * to the app and matches nothing. Throws {@link ChannelError}.
 */
export async function validateCredentials(
  calls: InstagramCalls,
  { credentials }: Pick<NewAccount, 'credentials'>,
): Promise<AccountIdentity> {
  const url = graphUrl(calls.apiUrl, 'me', { fields: 'user_id,username,name,account_type' });
  const me = read(MeAnswer, await ask(calls, credentials, { method: 'GET', url, ownId: 'me' }));
  return { externalId: me.user_id, username: me.username ?? null };
}

/** Without this a real account sends no webhook at all. Throws {@link ChannelError}. */
export async function connectAccount(
  calls: InstagramCalls,
  account: ChannelAccount,
): Promise<void> {
  const url = subscription(calls, account, { subscribed_fields: SUBSCRIBED_FIELDS });
  await ask(calls, account.credentials, { method: 'POST', url });
}

/** Ends the account's webhooks. Throws {@link ChannelError}. */
export async function disconnectAccount(
  calls: InstagramCalls,
  account: ChannelAccount,
): Promise<void> {
  await ask(calls, account.credentials, { method: 'DELETE', url: subscription(calls, account) });
}

/** Whether the token still opens the account it was given for. Throws {@link ChannelError}. */
export async function checkAccount(
  calls: InstagramCalls,
  account: ChannelAccount,
): Promise<AccountState> {
  const identity = await validateCredentials(calls, account);
  return { healthy: identity.externalId === account.externalId, facts: {} };
}

/**
 * A token for the next 60 days: `GET /refresh_access_token`, following Meta's page of that name.
 * Meta refreshes none that is younger than a day, and none that has ended; such a refusal is
 * thrown, as {@link ChannelError}.
 */
export async function refreshCredentials(
  calls: InstagramCalls,
  account: ChannelAccount,
): Promise<RefreshedCredentials> {
  const url = graphUrl(calls.apiUrl, 'refresh_access_token', {
    grant_type: 'ig_refresh_token',
    // The one call that Meta documents with the token in its address only.
    access_token: account.credentials['access_token'] ?? '',
  });
  const answer = read(RefreshAnswer, await ask(calls, account.credentials, { method: 'GET', url }));
  return {
    credentials: { access_token: answer.access_token },
    expiresAt: Date.now() + answer.expires_in * 1000,
  };
}

/** Shows the customer that their messages were seen. Throws {@link ChannelError}. */
export async function markRead(
  calls: InstagramCalls,
  account: ChannelAccount,
  { recipientId }: ReadMessage,
): Promise<void> {
  const url = graphUrl(calls.apiUrl, `${encodeURIComponent(account.externalId)}/messages`);
  const json = { recipient: { id: recipientId }, sender_action: 'mark_seen' };
  const ownId = account.externalId;
  await ask(calls, account.credentials, { method: 'POST', url, json, ownId });
}

/**
 * A customer's names: `GET /{IGSID}`. Null where Instagram refuses them, as it does before the
 * customer wrote or after they blocked us. Throws {@link ChannelError} if it could not be asked.
 */
export async function fetchProfile(
  calls: InstagramCalls,
  account: ChannelAccount,
  customerId: string,
): Promise<Profile | null> {
  const url = graphUrl(calls.apiUrl, encodeURIComponent(customerId), { fields: 'name,username' });
  try {
    const profile = read(
      ProfileAnswer,
      await ask(calls, account.credentials, { method: 'GET', url }),
    );
    return { username: profile.username ?? null, name: profile.name ?? null };
  } catch (error) {
    // 230: the customer has not consented. It stands among the permission codes and is none.
    const untold =
      error instanceof ChannelError && (error.kind === 'refused' || /^230\b/.test(error.code));
    if (untold) return null;
    throw error;
  }
}

function subscription(
  calls: InstagramCalls,
  account: ChannelAccount,
  query: Record<string, string> = {},
): string {
  return graphUrl(calls.apiUrl, `${encodeURIComponent(account.externalId)}/subscribed_apps`, query);
}

type Question = {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  json?: object;
  /** What the path names, where that is the account itself. */
  ownId?: string;
};

/** The parsed body of a 2xx answer. Throws {@link ChannelError} for anything else. */
export async function ask(
  calls: InstagramCalls,
  credentials: Credentials,
  { method, url, json, ownId }: Question,
): Promise<unknown> {
  const token = credentials['access_token'] ?? '';
  const result = await calls.http.call({
    method,
    url,
    headers: { authorization: `Bearer ${token}` },
    ...(json ? { json } : {}),
    deadline: performance.now() + CALL_TIMEOUT_MS,
    answerTimeoutMs: CALL_TIMEOUT_MS,
  });
  const answer = successOf(result);
  if (answer !== undefined) return answer;
  throw channelErrorOf(failureOf(result, [token], calls, ownId));
}

/** The answer as the schema reads it. Throws {@link ChannelError} where it does not fit. */
function read<T>(schema: z.ZodType<T>, answer: unknown): T {
  return readAnswer('Instagram', schema, answer);
}
