import type { Json } from './json.ts';

/** A person, as `from` of a message shows them; the id is the same for every bot. */
export type Person = {
  id: string;
  firstName: string;
  lastName: string | null;
  username: string | null;
  languageCode: string | null;
  /** Has a profile photo. */
  photo: boolean;
  deactivated: boolean;
};

export type BotStatus = 'member' | 'administrator' | 'left' | 'kicked';

/** What one bot sees of a chat: a person's private one has the person's id, a group a negative id. */
export type Chat = {
  botId: string;
  id: string;
  type: 'private' | 'group' | 'supergroup';
  /** Only of groups. */
  title: string | null;
  username: string | null;
  /** Topics are on: messages carry a `message_thread_id`. In a private chat each may be in one. */
  forum: boolean;
  /** The direct messages of a channel: each person has a topic of their own, with their id. */
  directMessages?: boolean;
  /** The person pressed Start, or wrote; a bot cannot begin a private chat. */
  started: boolean;
  /** In a private chat `kicked` means that the person blocked the bot. */
  botStatus: BotStatus;
  deleted: boolean;
  /** The supergroup this group became. */
  migratedTo: string | null;
  /** Ids of people who were seen in a group. */
  members: string[];
  nextMessageId: number;
  messages: ChatMessage[];
  /** Ids of pinned messages, the newest pin last. */
  pinned?: number[];
};

/** One message of a chat. Its content is kept exactly as `Message` objects carry it. */
export type ChatMessage = {
  id: number;
  from: 'customer' | 'business';
  /** The person; null for the bot, and for an admin who writes in the group's name. */
  personId: string | null;
  /** Milliseconds since 1970, as everywhere here; the platform tells whole seconds. */
  at: number;
  editedAt: number | null;
  /** `text`, `photo`, `caption`, `contact`, …: the members that only this kind of message has. */
  content: Json;
  replyTo: number | null;
  deleted: boolean;
  /** Emoji by the one who reacted: a person's id, or `bot`. */
  reactions: Record<string, string[]>;
};

/** An update that neither a webhook nor `getUpdates` has taken yet. */
export type PendingUpdate = {
  updateId: number;
  /** `message`, `callback_query`, …: the one member beside `update_id`. */
  kind: string;
  /** Updates of one lane are delivered one after the other. */
  lane: string;
  chatId: string;
  payload: Json;
  expiresAt: number;
  /** Failed deliveries so far. */
  failures: number;
  /** Seconds before the next repetition, as it doubles. */
  delay: number;
  held: boolean;
};

export type Webhook = {
  url: string;
  secretToken: string | null;
  maxConnections: number;
  lastError: { at: number; message: string } | null;
  /** The first answer 410 of an unbroken row. */
  goneSince: number | null;
};

/** A pressed button. */
export type CallbackQuery = {
  id: string;
  at: number;
  chatId: string;
  personId: string;
  data: string | null;
  /** What the bot answered; null until it does. */
  answer: Json | null;
};

/** What a bot says about itself; by language where it can, and empty for all languages. */
export type BotProfile = {
  texts: Record<string, Record<string, string>>;
  /** By chat; empty for all of them. */
  menuButtons: Record<string, Json>;
  /** By scope and language. */
  commands: Record<string, Json[]>;
  rights: { supergroup?: Json; channel?: Json };
};

export type Bot = {
  id: string;
  token: string;
  revoked: boolean;
  username: string;
  firstName: string;
  /** Privacy mode is on: ordinary messages of groups are hidden from it. */
  privacy: boolean;
  /** Topics in private chats are on. */
  topics?: boolean;
  profile?: BotProfile;
  webhook: Webhook | null;
  /** Null: the default list. */
  allowedUpdates: string[] | null;
  nextUpdateId: number;
  pending: PendingUpdate[];
  queries: CallbackQuery[];
};

/** A file that messages refer to. Its bytes are made from its name unless it was uploaded. */
export type StoredFile = {
  fileId: string;
  uniqueId: string;
  botId: string;
  kind: string;
  name: string | null;
  mimeType: string | null;
  size: number;
  /** Null until `getFile`; the path works until then. */
  path: string | null;
  pathExpiresAt: number | null;
};

export type TelegramState = {
  /** Where the ids of a new chat's messages begin; the same for all, as they are no keys alone. */
  firstMessageId: number;
  bots: Map<string, Bot>;
  people: Map<string, Person>;
  chats: Map<string, Chat>;
  files: Map<string, StoredFile>;
};

/** The bot that is there from the start, so that the page works before anything is set up. */
export const DEMO_BOT = {
  bot_token: '7000000001:AAdemo0000000000000000000000000000',
  username: 'demo_coffee_bot',
  first_name: 'Demo Coffee',
} as const;

export const DEMO_BOT_ID = DEMO_BOT.bot_token.split(':')[0] ?? '';

export function chatKey(botId: string, chatId: string): string {
  return `${botId}/${chatId}`;
}
