import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { SendOutcome } from '../domain/outcome.ts';
import type { AnswerWindow } from '../domain/answer-window.ts';
import type { MessageContent } from '../domain/message.ts';
import type { OutgoingContent } from '../domain/outgoing-content.ts';

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
  /**
   * Whether what is sent through the API comes back as an `echo`. Where it does not, every echo is
   * something that the account's owner wrote in the platform's own app.
   */
  readonly echoesApiSends: boolean;
  /** How long after the customer's last message free content is taken; null: always. */
  readonly window: AnswerWindow | null;

  /** Reads the channel's own members of a create-account request. Throws `ZodError`. */
  readonly accountSchema: z.ZodType<NewAccount>;
  /** The account's members that an answer shows: `{instagram_account_id}`. No secrets. */
  describeAccount(account: Pick<NewAccount, 'externalId' | 'details'>): Record<string, string>;
  /** Asks the platform whose the credentials are. Throws {@link ChannelError}. */
  validateCredentials(account: NewAccount): Promise<AccountIdentity>;
  /**
   * Makes the platform send the account's webhooks, to `webhookUrl` where the platform is told an
   * address for each account; null: no public address is configured. Throws {@link ChannelError}.
   */
  connectAccount(account: ChannelAccount, webhookUrl: string | null): Promise<void>;
  /** Undoes `connectAccount`. Throws {@link ChannelError}. */
  disconnectAccount(account: ChannelAccount): Promise<void>;
  /** How the account stands with the platform. Throws {@link ChannelError}. */
  checkAccount(account: ChannelAccount): Promise<AccountState>;
  /** New credentials in time for ones that expire; null: too early. Throws {@link ChannelError}. */
  refreshCredentials?(account: ChannelAccount): Promise<RefreshedCredentials | null>;

  /** Reads an id that the CRM writes to; null where it can be none of this platform's. */
  parseRecipient(recipient: string): Address | null;
  /** What the platform would be asked, call by call, or why it would take none of it. */
  planSend(content: OutgoingContent): SendPlan;
  /** One call, one part. Never throws: every way a call can end is an outcome. */
  send(account: ChannelAccount, request: SendRequest): Promise<SendOutcome>;
  /** Shows the customer that their messages up to this one were read. Throws {@link ChannelError}. */
  markRead?(account: ChannelAccount, message: ReadMessage): Promise<void>;
  /** The approved templates of the account. Throws {@link ChannelError}. */
  listTemplates?(account: ChannelAccount): Promise<Template[]>;
  /**
   * Asks for a message that the platform announced by an `untold` event. Throws {@link ChannelError}.
   */
  fetchMessage?(account: ChannelAccount, platformMessageId: string): Promise<FetchedMessage>;
  /** Opens a received file by its `media_id`. Throws {@link ChannelError}. */
  fetchMedia?(account: ChannelAccount, mediaId: string): Promise<MediaFile>;
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
  /** The body of the 200, where the platform acts upon it. Never throws. */
  answerWebhook?(request: WebhookRequest): Record<string, unknown> | null;
};

/** So many in so many milliseconds. */
export type Pace = { count: number; perMs: number };

/** Opened credentials of an account; their shape is the channel's own. */
export type Credentials = Readonly<Record<string, string>>;

export type NewAccount = {
  externalId: string;
  /** Further ids of the account that are no secret and never change: `{waba_id}`. */
  details: Readonly<Record<string, string>>;
  credentials: Credentials;
};

export type ChannelAccount = NewAccount & { id: string };

/** What the platform says of an account. `notes` are for its administrator. */
export type AccountState = {
  healthy: boolean;
  /** Short facts in the platform's own words: `{quality_rating: 'GREEN'}`. */
  facts: Record<string, string>;
};

export type RefreshedCredentials = {
  credentials: Credentials;
  /** Milliseconds since 1970. */
  expiresAt: number;
};

export type AccountIdentity = {
  externalId: string;
  username: string | null;
  /** When the credentials end, milliseconds since 1970, where the platform tells. */
  expiresAt?: number | null;
};

/** The ids by which a person or group can be written to: one, and others for the same. */
export type Address = {
  externalId: string;
  aliases: string[];
  /** What {@link Customer.lastPlace} is: whom it stands for is meant where nobody has the ids. */
  lastPlace?: string;
};

/**
 * The calls that a content takes. `conversions` says in words what becomes of it on the way ("the
 * caption is sent as a text of its own"). `refused` names the member of the content at fault.
 */
export type SendPlan =
  | { parts: OutgoingContent[]; conversions: string[] }
  | { refused: { pointer: string; code: string; detail: string } };

export type ReadMessage = { recipientId: string; platformMessageId: string };

export type Template = {
  name: string;
  language: string;
  status: string;
  category: string | null;
  /** In the platform's own form. */
  components: unknown[];
};

/** What the platform answered: the event that its webhook should have been, and bytes to keep. */
export type FetchedMessage = {
  event: Extract<ChannelEvent, { kind: 'message' | 'echo' }>;
  body: Buffer;
};

/** A received file. Whoever takes it reads `body` to its end or destroys it. */
export type MediaFile = {
  mimeType: string | null;
  sizeBytes: number | null;
  body: Readable;
};

export type Profile = {
  username: string | null;
  name: string | null;
};

export type SendRequest = {
  recipientId: string;
  content: OutgoingContent;
  /** The platform's id of the message that this one answers, reacts to or edits. */
  refersTo: string | null;
  /** When the customer last wrote, milliseconds since 1970; null: never. */
  customerWroteAt: number | null;
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
  /** Of the account that the address names; null where it names none that we know. */
  account: ChannelAccount | null;
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
        /** The platform says that no person wrote it: a bot, or an absence message. */
        automatic?: boolean;
        /** Stands in for a message that could not be fetched: told only if that has not come by itself. */
        isStandIn?: boolean;
      }
    | {
        kind: 'echo';
        platformMessageId: string;
        customer: Customer;
        content: MessageContent;
      }
    /** An edit that brings no content changes nothing: a reader makes it `ignored`. */
    | {
        kind: 'edited';
        platformMessageId: string;
        customer: Customer;
        by: Author;
        /** What the message says from now on. */
        content: MessageContent;
        /** The platform tells the new words alone: files and whatever else there was stay. */
        wordsOnly?: boolean;
        /** The platform's number of the edit, as `revisionOf` reads it; null where it has none. */
        revision: number | null;
        /** The number counts the edits of this message, and does not merely rise from edit to edit. */
        isCount?: boolean;
      }
    | { kind: 'deleted'; platformMessageId: string; customer: Customer; by: Author }
    /** It belongs where the message stands: a platform need not tell in which place somebody reacts. */
    | {
        kind: 'reaction';
        platformMessageId: string;
        customer: Customer;
        by: Author;
        action: 'react' | 'unreact';
        emoji: string | null;
        /** As that of an edit. */
        revision?: number | null;
      }
    | {
        kind: 'status';
        status: 'sent' | 'delivered' | 'read' | 'failed';
        platformMessageId: string;
        callbackData: string | null;
        customer: Customer | null;
        /** The status also holds for every earlier message of the conversation. */
        earlierToo: boolean;
        /** `unknownCode` as in `Failure`. */
        error: { code: string; message: string; unknownCode?: string | undefined } | null;
      }
    /**
     * The customer has other ids now; the conversation stays the same. It is written to at
     * `now.externalId` if it was written to at one of the customer's old ids.
     */
    | { kind: 'identity_changed'; customer: Customer; now: Address }
    /** Whether the customer can be written to: they blocked the account, or let it in again. */
    | { kind: 'reachability'; customer: Customer; reachable: boolean }
    /**
     * There is a new message, and the platform tells its content only to who asks for its id;
     * `content` is what it said of it already.
     */
    | {
        kind: 'untold';
        platformMessageId: string;
        customer: Customer | null;
        /** Who wrote it, as far as is known: where nobody gives it out, no customer's stands in for the owner's. */
        by: Author;
        content: MessageContent | null;
      }
    /** Signed and understood, but of no use to us: kept raw, nothing else. */
    | { kind: 'ignored' }
    /** Signed and not understood: kept raw and counted. */
    | { kind: 'unreadable' }
  );

/**
 * Who did it: the event's customer, or the account's owner in the platform's own app. The customer is
 * in both cases whom the conversation is with.
 */
export type Author = 'customer' | 'owner';

export type Customer = {
  externalId: string;
  /** Other ids of the same person. */
  aliases?: string[];
  username?: string | null;
  name?: string | null;
  /**
   * Stands for the conversation in which this person wrote last, of several that they have with the
   * account. No id of a person or a place.
   */
  lastPlace?: string;
  /** Where they wrote in a group, the group is the conversation. */
  group?: { externalId: string; title?: string | null };
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
