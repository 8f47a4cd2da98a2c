import { findMessage } from './chats.ts';
import { refusals } from './errors.ts';
import { type Json, seconds } from './json.ts';
import { readMessageIds } from './message-ids.ts';
import { botJson, channelJson, chatJson, messageJson, personJson } from './message-json.ts';
import type { Method, MethodCall, MethodDeps } from './method.ts';
import { findChat, reachableChat } from './reachable.ts';
import { put } from './send.ts';
import type { Chat, ChatMessage, TelegramState } from './state.ts';
import { readCaption } from './text.ts';

type Verb = 'forward' | 'copy';
const DONE: Record<Verb, string> = { forward: 'forwarded', copy: 'copied' };

/** https://core.telegram.org/bots/api#forwardmessage */
export const forwardMessage: Method = (deps, call) => {
  const { origin, message } = findOne(deps, call, 'forward');
  const chat = reachableChat(deps.state, call.bot, call.params);
  const content = forwarded(deps.state, origin, message);
  return { result: messageJson(deps.state, chat, put(deps, call, chat, content)) };
};

/** https://core.telegram.org/bots/api#forwardmessages: those that are not there are passed over. */
export const forwardMessages: Method = (deps, call) =>
  each(deps, call, 'forward', (origin, message) => forwarded(deps.state, origin, message));

/** https://core.telegram.org/bots/api#copymessage: without a word about where it comes from. */
export const copyMessage: Method = (deps, call) => {
  const { message } = findOne(deps, call, 'copy');
  const chat = reachableChat(deps.state, call.bot, call.params);
  const content = copied(message, call.params.has('caption'));
  const caption = 'text' in content ? {} : readCaption(deps, call.params);
  return { result: { message_id: put(deps, call, chat, { ...content, ...caption }).id } };
};

/** https://core.telegram.org/bots/api#copymessages: those that are not there are passed over. */
export const copyMessages: Method = (deps, call) =>
  each(deps, call, 'copy', (_origin, message) =>
    copied(message, call.params.flag('remove_caption')),
  );

function findOne({ state }: MethodDeps, { bot, params }: MethodCall, verb: Verb) {
  const origin = findChat(state, bot, params, 'from_chat_id');
  const message = findMessage(origin, params.integer('message_id') ?? 0);
  if (!message) throw refusals.badRequest(`message to ${verb} not found`);
  if (!canMove(message)) throw refusals.badRequest(`message can't be ${DONE[verb]}`);
  return { origin, message };
}

function each(
  deps: MethodDeps,
  call: MethodCall,
  verb: Verb,
  contentOf: (origin: Chat, message: ChatMessage) => Json,
) {
  const { state } = deps;
  const origin = findChat(state, call.bot, call.params, 'from_chat_id');
  const found = readMessageIds(call.params)
    .flatMap((id) => findMessage(origin, id) ?? [])
    .filter(canMove);
  const chat = reachableChat(state, call.bot, call.params);
  if (found.length === 0) throw refusals.badRequest(`there are no messages to ${verb}`);
  return {
    result: found.map((message) => ({
      message_id: put(deps, call, chat, contentOf(origin, message)).id,
    })),
  };
}

/** Members of messages that only tell what happened in the chat. */
const SERVICE =
  /^(new_chat_|left_chat_|delete_chat_|group_chat_|supergroup_chat_|migrate_|pinned_|forum_)/;

function canMove({ content }: ChatMessage): boolean {
  const names = Object.keys(content);
  return content['has_protected_content'] !== true && !names.some((name) => SERVICE.test(name));
}

/** What belongs to the place where a message stood, and not to the message. */
const OF_PLACE = new Set([
  ...['reply_markup', 'message_thread_id', 'is_topic_message', 'direct_messages_topic'],
  ...['quote', 'external_reply', 'effect_id', 'media_group_id'],
]);
const CAPTION = new Set(['caption', 'caption_entities', 'show_caption_above_media']);
const ORIGIN = new Set(['forward_origin', 'forward_from', 'forward_from_chat', 'forward_date']);

function moved({ content }: ChatMessage): Json {
  return Object.fromEntries(Object.entries(content).filter(([name]) => !OF_PLACE.has(name)));
}

function copied(message: ChatMessage, withoutCaption: boolean): Json {
  return Object.fromEntries(
    Object.entries(moved(message)).filter(
      ([name]) => !ORIGIN.has(name) && !(withoutCaption && CAPTION.has(name)),
    ),
  );
}

/** https://core.telegram.org/bots/api#messageorigin: who wrote it first, however often it went on. */
function forwarded(state: TelegramState, origin: Chat, message: ChatMessage): Json {
  const content = moved(message);
  if ('forward_origin' in content) return content;
  const date = seconds(message.at);
  const bot = state.bots.get(origin.botId);
  const person = message.personId === null ? undefined : state.people.get(message.personId);
  const user = message.from === 'business' ? bot && botJson(bot) : person && personJson(person);
  if (user)
    return {
      forward_origin: { type: 'user', sender_user: user, date },
      ...{ forward_from: user, forward_date: date, ...content },
    };
  const sender = origin.directMessages ? channelJson(origin) : chatJson(state, origin);
  return {
    forward_origin: { type: 'chat', sender_chat: sender, date },
    ...{ forward_from_chat: sender, forward_date: date, ...content },
  };
}
