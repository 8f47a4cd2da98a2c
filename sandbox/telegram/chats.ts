import { randomInt } from 'node:crypto';
import type { Json } from './json.ts';
import {
  type Bot,
  type Chat,
  type ChatMessage,
  DEMO_BOT,
  DEMO_BOT_ID,
  type Person,
  type TelegramState,
  chatKey,
} from './state.ts';

/** A chat keeps this many messages; a bench would otherwise fill the state file. */
const KEPT = 1000;

/** The state of a fresh sandbox: the demo bot and two people who have not pressed Start yet. */
export function emptyTelegram(): TelegramState {
  const state: TelegramState = {
    bots: new Map(),
    people: new Map(),
    chats: new Map(),
    files: new Map(),
    firstMessageId: nextFirstMessageId(),
  };
  addDemoData(state);
  return state;
}

/**
 * Higher than what these chats gave out, and than an earlier sandbox did at up to ten messages a
 * second: a router that outlives a reset must not meet the same chat and message id twice.
 */
export function nextFirstMessageId(chats: Iterable<Chat> = []): number {
  const byTime = Math.floor((Date.now() - 1_700_000_000_000) / 100);
  return [...chats].reduce((highest, chat) => Math.max(highest, chat.nextMessageId), byTime);
}

/** Adds the demo bot and its people where they are missing. */
export function addDemoData(state: TelegramState): void {
  if (!state.bots.has(DEMO_BOT_ID)) addBot(state, DEMO_BOT);
  for (const [id, first_name, last_name, username] of [
    ['5100000001', 'Ana', 'Souza', 'ana_souza'],
    ['5100000002', 'Omar', 'Haddad', 'omar_h'],
  ] as const) {
    openPerson(state, id, { first_name, last_name, username });
    openChat(state, DEMO_BOT_ID, id, { type: 'private' });
  }
}

type NewBot = { bot_token: string; username: string; first_name?: string | undefined };

/** Registers a bot, or gives a known one another token, as BotFather's revoke does. */
export function addBot(state: TelegramState, given: NewBot): Bot {
  const id = given.bot_token.split(':')[0] ?? '';
  const bot: Bot = state.bots.get(id) ?? {
    id,
    token: given.bot_token,
    revoked: false,
    username: given.username,
    firstName: given.username,
    privacy: true,
    webhook: null,
    allowedUpdates: null,
    nextUpdateId: 100_000_000 + randomInt(800_000_000),
    pending: [],
    queries: [],
  };
  Object.assign(bot, { token: given.bot_token, revoked: false, username: given.username });
  if (given.first_name !== undefined) bot.firstName = given.first_name;
  state.bots.set(id, bot);
  return bot;
}

type Names = {
  first_name?: string | undefined;
  last_name?: string | null | undefined;
  username?: string | null | undefined;
  language_code?: string | null | undefined;
};

/** Finds the person or makes one; names given now replace older ones. */
export function openPerson(state: TelegramState, id: string, names: Names = {}): Person {
  const person: Person = state.people.get(id) ?? {
    id,
    firstName: `Customer ${id.slice(-4)}`,
    lastName: null,
    username: null,
    languageCode: 'en',
    photo: false,
    deactivated: false,
  };
  if (names.first_name !== undefined) person.firstName = names.first_name;
  if (names.last_name !== undefined) person.lastName = names.last_name;
  if (names.username !== undefined) person.username = names.username;
  if (names.language_code !== undefined) person.languageCode = names.language_code;
  state.people.set(id, person);
  return person;
}

type NewChat = Pick<Chat, 'type'> &
  Partial<Pick<Chat, 'title' | 'username' | 'forum' | 'directMessages'>>;

/** Finds the chat or begins one. A bot that is not told otherwise is a member of a group. */
export function openChat(state: TelegramState, botId: string, id: string, given: NewChat): Chat {
  const key = chatKey(botId, id);
  const known = state.chats.get(key);
  if (known) return known;
  const chat: Chat = {
    botId,
    id,
    type: given.type,
    title: given.type === 'private' ? null : (given.title ?? `Group ${id.slice(-4)}`),
    username: given.username ?? null,
    forum: given.forum ?? false,
    directMessages: given.directMessages ?? false,
    started: false,
    botStatus: 'member',
    deleted: false,
    migratedTo: null,
    members: [],
    nextMessageId: state.firstMessageId,
    messages: [],
  };
  state.chats.set(key, chat);
  return chat;
}

/** Puts a message at the end of the chat under the chat's next id. */
export function addMessage(
  chat: Chat,
  given: Pick<ChatMessage, 'from' | 'personId' | 'at'> & { content: Json; replyTo?: number | null },
): ChatMessage {
  const message: ChatMessage = {
    id: chat.nextMessageId++,
    editedAt: null,
    replyTo: null,
    deleted: false,
    reactions: {},
    ...given,
  };
  chat.messages.push(message);
  if (chat.messages.length > KEPT) chat.messages.shift();
  return message;
}

/** A message that is still there. */
export function findMessage(chat: Chat, id: number): ChatMessage | undefined {
  return chat.messages.find((message) => message.id === id && !message.deleted);
}
