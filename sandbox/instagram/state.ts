import { randomBytes } from 'node:crypto';
import { type Token, giveToken, newToken } from '../meta/tokens.ts';
import type { PendingWebhook } from '../meta/webhook-attempts.ts';

/** A professional account that installed our app. */
export type Account = {
  /** The `user_id` of `/me` and the `entry.id` of webhooks. */
  id: string;
  /** The `id` of `/me`: another number for the same account. */
  appScopedId: string;
  username: string;
  name: string;
  tokens: Token[];
  /** Null until the app subscribes; without it the account gets no webhook. */
  subscribedFields: string[] | null;
  /** `/me` wraps its answer in `{"data":[…]}`, as the platform's own sample does. */
  wrapsMe: boolean;
};

export type MediaItem = { type: string; url?: string; title?: string };

/** One direct message, as both sides of the thread see it. */
export type DirectMessage = {
  mid: string;
  from: 'customer' | 'business';
  /** `api`: sent through our app; `app`: typed in Instagram itself. */
  via: 'api' | 'app';
  text: string | null;
  /** The name of the sample that it is, if it is one. */
  sample?: string;
  media: MediaItem[];
  at: number;
  seenAt: number | null;
  deleted: boolean;
  edits: number;
  /** Emoji by the one who reacted. */
  reactions: { customer?: string; business?: string };
  replyTo: string | null;
  unsupported: boolean;
};

/** What an account and one person (by the id this account knows them under) wrote. */
export type Thread = {
  accountId: string;
  customerId: string;
  username: string;
  name: string | null;
  /** The person blocked the account. */
  blocked: boolean;
  /** The 24 hours run from here; null: never wrote, so no window and no consent to a profile. */
  lastInboundAt: number | null;
  messages: DirectMessage[];
};

export type InstagramState = {
  callbackUrl: string | null;
  accounts: Map<string, Account>;
  threads: Map<string, Thread>;
  pending: Map<string, PendingWebhook>;
};

/** A thread keeps this many messages; a bench would otherwise fill the state file. */
const KEPT = 1000;

/** The account that is there from the start, so that the page works before anything is set up. */
export const DEMO_ACCOUNT = {
  instagram_account_id: '17841400000000001',
  username: 'demo.coffee',
  access_token: 'IGAAdemo0000000000000000000000000000000000000000',
} as const;

/** The state of a fresh sandbox: the demo account and two people who have not written yet. */
export function emptyInstagram(): InstagramState {
  const state: InstagramState = {
    callbackUrl: null,
    accounts: new Map(),
    threads: new Map(),
    pending: new Map(),
  };
  addDemoData(state);
  return state;
}

/** Adds the demo account and its people where they are missing. */
export function addDemoData(state: InstagramState): void {
  const { instagram_account_id: id, username, access_token: token } = DEMO_ACCOUNT;
  if (!state.accounts.has(id)) addAccount(state, { id, username, token, now: Date.now() });
  openThread(state, id, '9100000000000001', { username: 'ana.souza', name: 'Ana Souza' });
  openThread(state, id, '9100000000000002', { username: 'omar.h', name: 'Omar Haddad' });
}

/** Registers an account, or gives a known one another token and name. */
export function addAccount(
  state: InstagramState,
  given: { id: string; username: string; token: string; now: number },
): Account {
  const account: Account = state.accounts.get(given.id) ?? {
    id: given.id,
    appScopedId: `2${given.id.slice(1).split('').reverse().join('')}`,
    username: given.username,
    name: given.username,
    tokens: [],
    subscribedFields: null,
    wrapsMe: false,
  };
  account.username = given.username;
  giveToken(account, newToken(given.now, given.token));
  state.accounts.set(given.id, account);
  return account;
}

export function threadKey(accountId: string, customerId: string): string {
  return `${accountId}/${customerId}`;
}

/** Finds the thread or begins one; names given now replace older ones. */
export function openThread(
  state: InstagramState,
  accountId: string,
  customerId: string,
  names: { username?: string | undefined; name?: string | null | undefined } = {},
): Thread {
  const key = threadKey(accountId, customerId);
  const thread: Thread = state.threads.get(key) ?? {
    accountId,
    customerId,
    username: `customer_${customerId.slice(-6)}`,
    name: null,
    blocked: false,
    lastInboundAt: null,
    messages: [],
  };
  if (names.username !== undefined) thread.username = names.username;
  if (names.name !== undefined) thread.name = names.name;
  state.threads.set(key, thread);
  return thread;
}

/** Puts a message at the end of the thread under a new platform id. */
export function addMessage(
  thread: Thread,
  given: Partial<DirectMessage> & Pick<DirectMessage, 'from' | 'at'>,
): DirectMessage {
  const message: DirectMessage = {
    mid: `aWdfZAG1${randomBytes(48).toString('base64url')}ZD`,
    via: 'api',
    text: null,
    media: [],
    seenAt: null,
    deleted: false,
    edits: 0,
    reactions: {},
    replyTo: null,
    unsupported: false,
    ...given,
  };
  thread.messages.push(message);
  if (thread.messages.length > KEPT) thread.messages.shift();
  return message;
}
