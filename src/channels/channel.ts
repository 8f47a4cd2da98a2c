import type { z } from 'zod';
import type { SendOutcome } from '../domain/outcome.ts';
import type { MessageContent } from '../domain/message.ts';

/**
 * The port: what every channel must do, and nothing the router has to know about one of them.
 * A channel is stateless; it gets the account with its opened credentials in every call.
 */
export type Channel = {
  /** The channel's name in the API, in rows and in its task queue: `instagram`. */
  readonly name: string;
  /** Milliseconds to wait for an overtaken customer event before passing the next one on. */
  readonly reorderWindowMs: number;
  /** How many messages the platform takes, per account and, where it says so, per recipient. */
  readonly pace: { account: Pace; recipient: Pace | null };
  /** Whether the platform tells later what became of a call whose answer was lost. */
  readonly givesEvidence: boolean;

  /** Reads the channel's own members of a create-account request. Throws `ZodError`. */
  readonly accountSchema: z.ZodType<NewAccount>;
  /** The account's members that an answer shows: `{instagram_account_id}`. No secrets. */
  describeAccount(account: { externalId: string }): Record<string, string>;
  /** Asks the platform whose the credentials are. Throws {@link ChannelError}. */
  validateCredentials(credentials: Credentials): Promise<AccountIdentity>;
  /** Makes the platform send its webhooks for the account. Throws {@link ChannelError}. */
  connectAccount(account: ChannelAccount): Promise<void>;
  /** Undoes `connectAccount`. Throws {@link ChannelError}. */
  disconnectAccount(account: ChannelAccount): Promise<void>;

  /** Cuts a text into parts the platform takes, on grapheme boundaries; joined they are the text. */
  splitText(text: string): string[];
  /** One call, one part. Never throws: every way a call can end is an outcome. */
  send(account: ChannelAccount, request: SendRequest): Promise<SendOutcome>;
  /**
   * Name and username of a customer, or null where the platform does not tell. Throws
   * {@link ChannelError} if it could not be asked, so that nobody caches a null for that.
   */
  fetchProfile(account: ChannelAccount, customerId: string): Promise<Profile | null>;

  /** Answers the platform's subscription check: the body to send, or null to refuse. */
  answerHandshake(query: Record<string, string | undefined>): string | null;
  /** Whether the platform signed these bytes. Constant time; false for anything missing. */
  verify(request: WebhookRequest): boolean;
  /** Reads a signed body leniently. Never throws: what it cannot read is an `unreadable` event. */
  receive(request: WebhookRequest): ChannelEvent[];
};

/** So many in so many milliseconds. */
export type Pace = { count: number; perMs: number };

/** Opened credentials of an account; their shape is the channel's own. */
export type Credentials = Readonly<Record<string, string>>;

export type NewAccount = {
  externalId: string;
  credentials: Credentials;
};

export type ChannelAccount = {
  id: string;
  externalId: string;
  credentials: Credentials;
};

export type AccountIdentity = {
  externalId: string;
  username: string | null;
};

export type Profile = {
  username: string | null;
  name: string | null;
};

export type SendRequest = {
  recipientId: string;
  text: string;
  /** What the platform should hand back in its status events, where it can: our id and part. */
  callbackData: string;
  /** Called once, just before the first byte of the request may leave this machine. */
  onLeaving?: () => void;
  /** Absolute deadline in milliseconds of `performance.now()`, to the last byte of the answer. */
  deadline: number;
  /** Milliseconds the platform has to answer once the first byte has left. */
  answerTimeoutMs: number;
};

export type WebhookRequest = {
  /** Lower-case header names. */
  headers: Record<string, string | string[] | undefined>;
  /** The bytes as they came: signatures are made over these. */
  body: Buffer;
};

type EventBase = {
  /** The platform's id of our account; null where the body does not say. */
  accountExternalId: string | null;
  /** Unique within the account: the same platform event always has the same key. */
  key: string;
  /** The platform's time, milliseconds since 1970; null where it gives none. */
  at: number | null;
};

/** What a platform can tell us, in the router's words. Ids are the platform's. */
export type ChannelEvent = EventBase &
  (
    | {
        kind: 'message';
        platformMessageId: string;
        customer: Customer;
        content: MessageContent;
        replyTo: string | null;
      }
    | {
        kind: 'echo';
        platformMessageId: string;
        customer: Customer;
        content: MessageContent;
      }
    | { kind: 'edited'; platformMessageId: string; customer: Customer; text: string | null }
    | { kind: 'deleted'; platformMessageId: string; customer: Customer }
    | {
        kind: 'reaction';
        platformMessageId: string;
        customer: Customer;
        action: 'react' | 'unreact';
        emoji: string | null;
      }
    | {
        kind: 'status';
        status: 'sent' | 'delivered' | 'read' | 'failed';
        platformMessageId: string;
        callbackData: string | null;
        customer: Customer | null;
        /** The status also holds for every earlier message of the conversation. */
        earlierToo: boolean;
        error: { code: string; message: string } | null;
      }
    /** Signed and understood, but of no use to us: kept raw, nothing else. */
    | { kind: 'ignored' }
    /** Signed and not understood: kept raw and counted. */
    | { kind: 'unreadable' }
  );

export type Customer = {
  externalId: string;
  username?: string | null;
  name?: string | null;
};

export type ChannelErrorKind = 'refused' | 'unauthorized' | 'throttled' | 'unreachable';

/**
 * The one error a channel throws. `refused`: the platform said no; `unreachable`: it did not say.
 * `message` is the platform's own text, safe to show to the account's administrator.
 */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  readonly kind: ChannelErrorKind;
  readonly code: string;
  constructor(kind: ChannelErrorKind, code: string, message: string) {
    super(message);
    this.kind = kind;
    this.code = code;
  }
}

/** Finds a channel by name. Throws for a name that no channel has. */
export type ChannelRegistry = {
  names(): string[];
  has(name: string): boolean;
  get(name: string): Channel;
};
