import { type Ctx, RequestError } from '../http.ts';
import { findMessage, openChat, openPerson } from './chats.ts';
import { isChatId } from './control-bodies.ts';
import { type Bot, type Chat, type ChatMessage, type Person, chatKey } from './state.ts';
import type { TelegramState } from './state.ts';

/** Each of these throws {@link RequestError} 404 that says what to do first. */
export function findBot(state: TelegramState, id: string | undefined): Bot {
  const bot = state.bots.get(id ?? '');
  if (bot) return bot;
  throw new RequestError(404, `There is no account ${id}; POST /control/telegram/accounts first.`);
}

/** The path's chat id. Throws {@link RequestError} 400. */
export function chatIdOf(ctx: Ctx): string {
  const id = ctx.params['customer_id'] ?? '';
  if (isChatId(id)) return id;
  throw new RequestError(400, 'A customer id is a number; that of a group is negative.');
}

/** What an id says about its chat. */
export function typeOf(id: string): Chat['type'] {
  if (!id.startsWith('-')) return 'private';
  return id.startsWith('-100') ? 'supergroup' : 'group';
}

/** The path's chat, begun if it is not there. */
export function openChatOf(state: TelegramState, ctx: Ctx, account: string): Chat {
  const id = chatIdOf(ctx);
  const bot = findBot(state, account);
  if (typeOf(id) === 'private') openPerson(state, id);
  return openChat(state, bot.id, id, { type: typeOf(id) });
}

export function findChatOf(state: TelegramState, ctx: Ctx, account: string): Chat {
  const chat = state.chats.get(chatKey(findBot(state, account).id, chatIdOf(ctx)));
  if (chat) return chat;
  throw new RequestError(404, 'This customer is not known to the account: write a message first.');
}

/** The path's group. Throws {@link RequestError} 404 or 409. */
export function findGroupOf(state: TelegramState, ctx: Ctx, account: string): Chat {
  const chat = findChatOf(state, ctx, account);
  if (chat.type !== 'private') return chat;
  throw new RequestError(409, 'This is a person; only a group can do that.');
}

export function messageOf(chat: Chat, id: number): ChatMessage {
  const message = findMessage(chat, id);
  if (message) return message;
  throw new RequestError(404, 'The chat has no message with this id.');
}

type Names = {
  name?: string | undefined;
  first_name?: string | undefined;
  last_name?: string | null | undefined;
  username?: string | null | undefined;
  language_code?: string | null | undefined;
};

/** Names as the platform keeps them: of a whole name the first word is the first name. */
export function splitName({ name, ...names }: Names): Omit<Names, 'name'> {
  if (name === undefined) return names;
  const [first = name, ...rest] = name.split(' ');
  return { first_name: first, last_name: rest.join(' ') || null, ...names };
}

/** Who acts: in a private chat its person, in a group the one given, or some member. */
export function actorIn(
  state: TelegramState,
  chat: Chat,
  from: string | ({ id: string } & Names) | undefined,
): Person {
  if (chat.type === 'private') return openPerson(state, chat.id);
  if (typeof from === 'object') return openPerson(state, from.id, splitName(from));
  return openPerson(state, from ?? chat.members[0] ?? GROUP_OWNER);
}

const GROUP_OWNER = '5199999999';
