import { findMessage } from './chats.ts';
import { refusals } from './errors.ts';
import { messageJson } from './message-json.ts';
import type { Json } from './json.ts';
import type { Method, MethodCall, MethodDeps } from './method.ts';
import { reachableChat } from './reachable.ts';
import { readCaption, readText } from './send.ts';

/** Milliseconds after which a message cannot be deleted any more. */
const DELETABLE = 48 * 3_600_000;

/** https://core.telegram.org/bots/api#editmessagetext: only texts of the bot itself. */
export const editMessageText: Method = (deps, call) => {
  const words = readText(deps, call);
  return edit(deps, call, words, (content) => {
    if (!('text' in content)) throw refusals.badRequest('there is no text in the message to edit');
  });
};

/** https://core.telegram.org/bots/api#editmessagecaption: none given takes it away. */
export const editMessageCaption: Method = (deps, call) => {
  const { params } = call;
  const given = { caption: params.text('caption'), mode: params.text('parse_mode') };
  const words = readCaption(deps, given);
  return edit(deps, call, words, (content) => {
    if (!WITH_CAPTION.some((kind) => kind in content))
      throw refusals.badRequest('there is no caption in the message to edit');
  });
};

const WITH_CAPTION = ['photo', 'video', 'audio', 'voice', 'animation', 'document'];
const WORDS = ['text', 'entities', 'caption', 'caption_entities', 'reply_markup'];

/** Changes the words of one of the bot's messages. `check` throws for a message of another kind. */
function edit(deps: MethodDeps, call: MethodCall, words: Json, check: (content: Json) => void) {
  const { state, now } = deps;
  const { params } = call;
  const chat = reachableChat(state, call.bot, params);
  const message = findMessage(chat, params.integer('message_id') ?? 0);
  if (!message) throw refusals.badRequest('message to edit not found');
  if (message.from !== 'business') throw refusals.badRequest("message can't be edited");
  check(message.content);
  const markup = params.object('reply_markup');
  const content = {
    ...Object.fromEntries(
      Object.entries(message.content).filter(([name]) => !WORDS.includes(name)),
    ),
    ...words,
    ...(markup && { reply_markup: markup }),
  };
  if (JSON.stringify(sorted(content)) === JSON.stringify(sorted(message.content)))
    throw refusals.badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    );
  Object.assign(message, { content, editedAt: now() });
  return { result: messageJson(state, chat, message) };
}

function sorted(content: object): unknown {
  return Object.entries(content).toSorted(([left], [right]) => (left < right ? -1 : 1));
}

/** https://core.telegram.org/bots/api#deletemessage */
export const deleteMessage: Method = ({ state, now }, { bot, params }) => {
  const chat = reachableChat(state, bot, params);
  const message = findMessage(chat, params.integer('message_id') ?? 0);
  if (!message) throw refusals.badRequest('message to delete not found');
  const mayDelete =
    message.from === 'business' || chat.type === 'private' || chat.botStatus === 'administrator';
  if (!mayDelete) throw refusals.badRequest("message can't be deleted");
  if (now() - message.at > DELETABLE)
    throw refusals.badRequest("message can't be deleted for everyone");
  message.deleted = true;
  return { result: true };
};
