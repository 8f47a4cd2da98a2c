import { type Token, giveToken, newToken } from '../meta/tokens.ts';
import type { PendingWebhook } from '../meta/webhook-attempts.ts';
import type { MediaItem } from './media.ts';
import { newMessageId } from './envelope.ts';
import { type Template, demoTemplates } from './templates.ts';

/** A business phone number. */
export type Account = {
  /** Phone number id: the path of calls and `metadata.phone_number_id` of webhooks. */
  id: string;
  wabaId: string;
  /** Digits. */
  number: string;
  verifiedName: string;
  qualityRating: 'GREEN' | 'YELLOW' | 'RED';
  tokens: Token[];
  /** What customers see of the business; only what it set. */
  profile?: Record<string, unknown>;
};

/** A WhatsApp Business Account: subscribed as a whole, and the owner of templates. */
export type Waba = {
  id: string;
  /** Null until the app subscribes; `callbackUrl` is the address that overrides the app's own. */
  subscription: { callbackUrl: string | null } | null;
  templates: Template[];
};

export type Status = 'accepted' | 'sent' | 'delivered' | 'read' | 'failed';

/** Something to tap below a message of the business. */
export type Button =
  | { kind: 'reply'; id: string; title: string }
  | { kind: 'list'; id: string; title: string; description?: string | undefined }
  | { kind: 'template'; payload: string; title: string };

export type Message = {
  /** The platform's id, `wamid.…`. */
  id: string;
  from: 'customer' | 'business';
  /** Id of the participant who wrote it, in a group. */
  author: string | null;
  /** `api`: sent through our app; `app`: typed in the WhatsApp Business app. */
  via: 'api' | 'app';
  type: string;
  text: string | null;
  /** The name of the sample that it is, if it is one. */
  sample?: string;
  media: { type: string; id: string | null; link: string | null; name: string | null } | null;
  /** Milliseconds since 1970, but whole seconds: webhooks know no more. */
  at: number;
  /** The same, exactly. */
  writtenAt: number;
  /** Of a message of the business; a customer's becomes `read` when the business says so. */
  status: Status;
  /** The code of a failure that was or will be told. */
  failure: Failure | null;
  /** What the sender wants to have back in every status. */
  opaque: string | null;
  deleted: boolean;
  edited: boolean;
  reactions: { customer?: string; business?: string };
  replyTo: string | null;
  buttons: Button[];
};

export type Failure = { code: number; title: string; details: string };

/** What a business number and one person wrote. */
export type Thread = {
  accountId: string;
  /** In control paths: the wa_id, or the BSUID of a person whose number nobody knows. */
  id: string;
  /** Digits, as the person registered; null: known by the BSUID alone. */
  number: string | null;
  /** The business-scoped user id. */
  userId: string;
  username: string | null;
  name: string | null;
  /** Took a username: webhooks name the BSUID only. */
  numberHidden: boolean;
  /** The person blocked the business: messages stay at `sent`. */
  blocked: boolean;
  /** The business blocked the person: neither hears from the other. */
  blockedByBusiness?: boolean;
  onWhatsApp: boolean;
  readReceipts: boolean;
  /** The chat lies open: `read` comes at once, `delivered` never. */
  chatOpen: boolean;
  /** The 24 hours run from here. */
  lastInboundAt: number | null;
  /** The business shows that it writes, until then. */
  typingUntil: number;
  messages: Message[];
};

export type Group = {
  accountId: string;
  id: string;
  subject: string;
  /** Ids of threads. */
  participants: string[];
  messages: Message[];
};

export type WhatsAppState = {
  callbackUrl: string | null;
  accounts: Map<string, Account>;
  wabas: Map<string, Waba>;
  threads: Map<string, Thread>;
  groups: Map<string, Group>;
  media: Map<string, MediaItem>;
  pending: Map<string, PendingWebhook>;
};

const KEPT = 1000;

/** The business that is there from the start. */
export const DEMO_WHATSAPP_ACCOUNT = {
  phone_number_id: '106540000000001',
  waba_id: '102290000000001',
  access_token: 'EAAdemo0000000000000000000000000000000000000000',
} as const;
const DEMO = { number: '15550100001', verifiedName: 'Demo Coffee' };

export function emptyWhatsApp(): WhatsAppState {
  const state: WhatsAppState = {
    callbackUrl: null,
    accounts: new Map(),
    wabas: new Map(),
    threads: new Map(),
    groups: new Map(),
    media: new Map(),
    pending: new Map(),
  };
  addDemoData(state);
  return state;
}

/** Adds the demo business and its people where they are missing. */
export function addDemoData(state: WhatsAppState): void {
  const { phone_number_id: id, waba_id: wabaId, access_token: token } = DEMO_WHATSAPP_ACCOUNT;
  if (!state.accounts.has(id))
    addAccount(state, { ...DEMO, id, wabaId, token: newToken(Date.now(), token) });
  openThread(state, id, '554187650001', { name: 'Ana Souza' });
  openThread(state, id, '4915112340002', { name: 'Omar Haddad' });
}

/** Registers a number, or gives a known one another token. */
export function addAccount(
  state: WhatsAppState,
  given: { id: string; wabaId: string; number: string; verifiedName: string; token: Token },
): Account {
  const { id, wabaId, number, verifiedName } = given;
  const account: Account = state.accounts.get(id) ?? {
    ...{ id, wabaId, number, verifiedName, qualityRating: 'GREEN', tokens: [] },
  };
  giveToken(account, given.token);
  state.accounts.set(id, account);
  if (!state.wabas.has(wabaId))
    state.wabas.set(wabaId, { id: wabaId, subscription: null, templates: demoTemplates() });
  return account;
}

export type ThreadChange = {
  name?: string | null | undefined;
  username?: string | null | undefined;
  user_id?: string | undefined;
};

export function threadKey(accountId: string, id: string): string {
  return `${accountId}/${id}`;
}

/** Finds the thread or begins one; names given now replace older ones. */
export function openThread(
  state: WhatsAppState,
  accountId: string,
  id: string,
  names: ThreadChange = {},
): Thread {
  const key = threadKey(accountId, id);
  const number = /^\d+$/.test(id) ? id : null;
  const thread: Thread = state.threads.get(key) ?? {
    ...{ accountId, id, number, name: null, username: null },
    userId: number === null ? id : `US.${BigInt(number) * 7n + 1_000_000_007n}`,
    ...{ numberHidden: number === null, blocked: false, onWhatsApp: true, readReceipts: true },
    ...{ chatOpen: false, lastInboundAt: null, typingUntil: 0, messages: [] },
  };
  if (names.name !== undefined) thread.name = names.name;
  if (names.username !== undefined) thread.username = names.username;
  if (names.user_id !== undefined) thread.userId = names.user_id;
  state.threads.set(key, thread);
  return thread;
}

/** Puts a message at the end under a new platform id. `number` is part of the id, as in real ones. */
export function addMessage(
  place: { messages: Message[] },
  number: string,
  given: Partial<Message> & Pick<Message, 'from' | 'at'>,
): Message {
  const message: Message = {
    id: newMessageId(number),
    ...{ author: null, via: 'api', type: 'text', text: null, media: null, status: 'accepted' },
    ...{ failure: null, opaque: null, deleted: false, edited: false, reactions: {} },
    ...{ replyTo: null, buttons: [] },
    ...given,
    at: Math.floor(given.at / 1000) * 1000,
    writtenAt: given.at,
  };
  place.messages.push(message);
  if (place.messages.length > KEPT) place.messages.shift();
  return message;
}
