import { findMessage } from './chats.ts';
import { refusals } from './errors.ts';
import type { Json } from './json.ts';
import type { MethodCall, MethodDeps } from './method.ts';
import { createParameters } from './parameters.ts';
import type { Chat, ChatMessage } from './state.ts';
import { readFormatted } from './text.ts';

const MAX_QUOTE = 1024;

/** What a message answers, and the members that its quotation brings. */
export type ReplyTo = { id: number | null; members: Json };

/**
 * The message that is answered. The older `reply_to_message_id` is taken as well. Throws 400 for one
 * that is not there, unless the caller does without, and for a quotation that is not in it.
 */
export function readReply(
  deps: MethodDeps,
  chat: Chat,
  { params }: Pick<MethodCall, 'params'>,
): ReplyTo {
  const reply = params.object('reply_parameters');
  const id = Number(reply?.['message_id'] ?? params.integer('reply_to_message_id') ?? NaN);
  const none = { id: null, members: {} };
  if (Number.isNaN(id)) return none;
  const answered = findMessage(chat, id);
  if (answered) return { id, members: readQuote(deps, answered, reply ?? {}) };
  const optional =
    reply?.['allow_sending_without_reply'] === true || params.flag('allow_sending_without_reply');
  if (optional) return none;
  throw refusals.badRequest('message to be replied not found');
}

/** https://core.telegram.org/bots/api#textquote: words of the message, exactly as it has them. */
function readQuote({ state }: MethodDeps, { content }: ChatMessage, reply: Json): Json {
  const { text, entities } = readFormatted(state, createParameters(reply), {
    text: 'quote',
    mode: 'quote_parse_mode',
    entities: 'quote_entities',
  });
  if (text === '') return {};
  const whole = String(content['text'] ?? content['caption'] ?? '');
  const wanted = Number(reply['quote_position'] ?? 0);
  const position = whole.startsWith(text, wanted) ? wanted : whole.indexOf(text);
  if (position === -1 || text.length > MAX_QUOTE) throw refusals.badRequest('QUOTE_TEXT_INVALID');
  const marked = entities.filter(({ type }) => QUOTED.has(String(type)));
  return {
    quote: { text, ...(marked.length > 0 && { entities: marked }), position, is_manual: true },
  };
}

/** Other kinds are taken out of a quotation. */
const QUOTED = new Set([
  ...['bold', 'italic', 'underline', 'strikethrough', 'spoiler', 'custom_emoji', 'date_time'],
]);
