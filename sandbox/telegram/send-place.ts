import { refusals } from './errors.ts';
import type { Json } from './json.ts';
import { directTopicJson } from './message-json.ts';
import type { MethodCall } from './method.ts';
import type { Chat, TelegramState } from './state.ts';

/** The topic that every chat with topics has; a bot may not name it. */
const GENERAL = 1;

/**
 * Members of a message of the bot's that say where in the chat it stands. Throws 400 for a place that
 * is not there, as the server of the Bot API does: a topic is told to exist by a message in it, the
 * General one is refused by its number, and a group without topics does not look at it. The texts for
 * direct messages are not confirmed.
 */
export function readPlace(
  state: TelegramState,
  chat: Chat,
  { params }: Pick<MethodCall, 'params'>,
): Json {
  if (chat.directMessages) return readDirectTopic(state, chat, { params });
  const thread = params.integer('message_thread_id');
  if (thread === undefined || (chat.type !== 'private' && !chat.forum)) return {};
  const known = chat.type !== 'private' || chat.forum || hasTopic(chat, thread);
  if (thread === GENERAL || !known) throw refusals.badRequest('message thread not found');
  return { message_thread_id: thread, is_topic_message: true };
}

function hasTopic(chat: Chat, thread: number): boolean {
  return chat.messages.some(({ content }) => content['message_thread_id'] === thread);
}

function readDirectTopic(
  state: TelegramState,
  chat: Chat,
  { params }: Pick<MethodCall, 'params'>,
): Json {
  const topic = params.integer('direct_messages_topic_id');
  if (topic === undefined || topic === 0)
    throw refusals.badRequest('direct messages topic must be specified');
  if (!chat.members.includes(String(topic))) throw refusals.badRequest('topic not found');
  return { direct_messages_topic: directTopicJson(state, String(topic)) };
}
