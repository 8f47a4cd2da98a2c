import type {
  Channel,
  ChannelAccount,
  Credentials,
  NewAccount,
} from '../../src/channels/channel.ts';
import type { Attachment } from '../../src/domain/message.ts';
import type { WebhookInbox } from './webhook-inbox.ts';

/** How the platform is told to treat the next call of the channel. */
export type Fault =
  /** Says no for good. */
  | 'refuse'
  /** Says that it was too much; `retryAfterMs` of the set-up is what it asks to wait. */
  | 'throttle'
  /** Says no in a way that nobody has seen before. */
  | 'refuse-oddly'
  /** Says that the token is bad. */
  | 'unauthorize'
  /** Says that it is temporary. */
  | 'stumble'
  /** An edge answers 503 for it. */
  | 'unavailable'
  /** An edge answers 502 with HTML: nobody knows whether the platform acted. */
  | 'break'
  /** It acts and cuts the connection before the answer. */
  | 'apply-then-drop'
  /** It acts and its answer is not readable. */
  | 'apply-then-garble';

/** Which parts of the contract a platform has at all. */
export type Features = {
  handshake: boolean;
  /** Webhooks are signed over their bytes, not merely sent with a secret. */
  signedBytes: boolean;
  /** Webhooks say which account they are for. */
  namesAccount: boolean;
  profile: boolean;
  edits: boolean;
  deletes: boolean;
  reactions: boolean;
  reads: boolean;
  /** What we send comes back as an echo; so does what the owner types elsewhere. */
  sendEchoes: boolean;
  ownerEchoes: boolean;
  /** Statuses hand back the callback data of the send. */
  callbackData: boolean;
  /** Received files have an address of their own, or a handle that the channel opens. */
  files: 'url' | 'handle' | 'none';
  /** A message may carry what the connector has no member for. */
  carriesMore: boolean;
  /** A recipient who is not there is refused at once, not by a later status. */
  refusesAbsent: boolean;
  /** What happens while an account is disconnected is not told afterwards. */
  dropsWhileDisconnected: boolean;
  /** What can be sent besides texts. */
  sends: { media: boolean; replies: boolean; reactions: boolean; edits: boolean };
};

/** What the customer sees of a message of ours. */
export type Received = {
  type: string;
  text: string | null;
  url: string | null;
  /** The platform's id of the message that it answers. */
  replyTo: string | null;
};

/** A file that a customer sent; `url` or `bytes` as the platform has it. */
export type SentFile = { id: string; url: string | null; bytes: Buffer | null };

/** A fake platform with a customer who has written, and the channel before it. */
export type PlatformUnderTest = {
  channel: Channel;
  /** The same connector at an address where nobody listens. */
  unreachable: Channel;
  /** Connected: its webhooks go to `inbox`. */
  account: ChannelAccount;
  inbox: WebhookInbox;
  customer: { id: string; username: string | null; name: string | null };
  /** Someone who never wrote; the platform tells nothing of them. */
  strangerId: string;
  /** Well-formed, and nobody has it. */
  absentId: string;
  badCredentials: Credentials;
  other: NewAccount;
  /** What `throttle` asks to wait; undefined where the platform does not say. */
  retryAfterMs: number | undefined;

  /** Every text the customer got, oldest first. */
  received(): Promise<string[]>;
  /** The newest message that the customer got. */
  lastReceived(): Promise<Received>;
  /** What the account thinks of a message; null: nothing. */
  reactionTo(messageId: string): Promise<string | null>;
  /** How many calls of a send the platform has seen. */
  sendCalls(): Promise<number>;
  fault(fault: Fault): Promise<void>;

  /** What a customer does; each gives the platform's id of the message. */
  write(text: string): Promise<string>;
  /** Several at once: in one webhook, where the platform has such. */
  writeTogether(texts: string[]): Promise<void>;
  attach(type: Attachment['type']): Promise<SentFile>;
  edit(messageId: string, text: string): Promise<void>;
  delete(messageId: string): Promise<void>;
  react(messageId: string, emoji: string | null): Promise<void>;
  see(messageId: string): Promise<void>;
  /** The owner writes in the platform's own app. */
  writeAsOwner(text: string): Promise<void>;
  /**
   * A kind of event from the future, and damaged ones, each with a good message after it, which
   * carries a `novelty` with the same words, where the platform's messages carry more.
   */
  sendOddEvents(goodText: string): Promise<void>;
  /** The next event of the platform is delivered twice, or signed with another secret. */
  deliverNext(how: 'twice' | 'badly-signed'): Promise<void>;
  /** Whether the platform takes the inbox as its receiver, told this verify token. */
  register(verify: 'right token' | 'wrong token'): Promise<boolean>;
  close(): Promise<void>;
};

/** What of the set-up goes through the fake platform's control API. */
export type Verbs = Pick<
  PlatformUnderTest,
  | 'received'
  | 'lastReceived'
  | 'reactionTo'
  | 'sendCalls'
  | 'fault'
  | 'write'
  | 'writeTogether'
  | 'attach'
  | 'edit'
  | 'delete'
  | 'react'
  | 'see'
  | 'writeAsOwner'
  | 'sendOddEvents'
  | 'deliverNext'
  | 'register'
>;
