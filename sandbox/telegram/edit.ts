import { findMessage } from './chats.ts';
import { refusals } from './errors.ts';
import { type Json, isObject } from './json.ts';
import { MEDIA_KINDS } from './media.ts';
import { messageJson } from './message-json.ts';
import type { Method, MethodCall, MethodDeps } from './method.ts';
import { createParameters } from './parameters.ts';
import { reachableChat } from './reachable.ts';
import { readMarkup } from './reply-markup.ts';
import { ALBUM_KINDS, readItem } from './send-media.ts';
import { readCaption, readText } from './text.ts';

const WITH_CAPTION = ['photo', 'video', 'audio', 'voice', 'animation', 'document', 'paid_media'];
const CAPTION = ['caption', 'caption_entities', 'show_caption_above_media'];
const TEXT = ['text', 'entities', 'link_preview_options'];

/** https://core.telegram.org/bots/api#editmessagetext: only texts of the bot itself. */
export const editMessageText: Method = (deps, call) => {
  const words = readText(deps, call.params);
  return edit(deps, call, (content) => {
    if (!('text' in content)) throw refusals.badRequest('there is no text in the message to edit');
    return { ...without(content, TEXT), ...words };
  });
};

/** https://core.telegram.org/bots/api#editmessagecaption: none given takes it away. */
export const editMessageCaption: Method = (deps, call) => {
  const words = readCaption(deps, call.params);
  return edit(deps, call, (content) => {
    if (!WITH_CAPTION.some((kind) => kind in content))
      throw refusals.badRequest('there is no caption in the message to edit');
    return { ...without(content, CAPTION), ...words };
  });
};

/** https://core.telegram.org/bots/api#editmessagemedia: another file, also in place of a text. */
export const editMessageMedia: Method = async (deps, call) => {
  const given = call.params.object('media');
  if (!given) throw refusals.badRequest("can't parse InputMedia: media is not specified");
  const item = createParameters(given);
  const kind = item.text('type') ?? '';
  if (!ALBUM_KINDS.has(kind) && kind !== 'animation')
    throw refusals.badRequest("can't parse InputMedia: type must be specified");
  const media = await readItem(deps, call, item);
  return edit(deps, call, (content) => {
    if (!EDITABLE.some((member) => member in content))
      throw refusals.badRequest("message can't be edited");
    const gone = [...TEXT, ...CAPTION, ...MEDIA_KINDS, 'has_media_spoiler'];
    return { ...without(content, gone), ...media };
  });
};

const EDITABLE = ['text', 'photo', 'video', 'audio', 'animation', 'document'];

/** https://core.telegram.org/bots/api#editmessagereplymarkup: none given takes it away. */
export const editMessageReplyMarkup: Method = (deps, call) =>
  edit(deps, call, (content) => content);

/** https://core.telegram.org/bots/api#editmessagelivelocation */
export const editMessageLiveLocation: Method = (deps, call) => {
  const latitude = Number(call.params.text('latitude') ?? NaN);
  const longitude = Number(call.params.text('longitude') ?? NaN);
  if (Number.isNaN(latitude + longitude)) throw refusals.badRequest('latitude is empty');
  return edit(deps, call, (content) => ({
    ...content,
    location: { ...liveLocation(content), latitude, longitude },
  }));
};

/** https://core.telegram.org/bots/api#stopmessagelivelocation: it stays where it is. */
export const stopMessageLiveLocation: Method = (deps, call) =>
  edit(deps, call, (content) => {
    const { latitude, longitude } = liveLocation(content);
    return { ...content, location: { latitude, longitude } };
  });

function liveLocation({ location }: Json): Json {
  if (isObject(location) && 'live_period' in location) return location;
  throw refusals.badRequest("message can't be edited");
}

/**
 * Changes one of the bot's messages; without a keyboard in the call there is none afterwards.
 * `change` gets the content without its keyboard, and throws for a message of another kind.
 */
function edit(deps: MethodDeps, call: MethodCall, change: (content: Json) => Json) {
  const { state, now } = deps;
  const { params } = call;
  const chat = reachableChat(state, call.bot, params);
  const message = findMessage(chat, params.integer('message_id') ?? 0);
  if (!message) throw refusals.badRequest('message to edit not found');
  if (message.from !== 'business' || 'forward_origin' in message.content)
    throw refusals.badRequest("message can't be edited");
  const content = {
    ...change(without(message.content, ['reply_markup'])),
    ...readMarkup(params),
  };
  if (JSON.stringify(sorted(content)) === JSON.stringify(sorted(message.content)))
    throw refusals.badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    );
  Object.assign(message, { content, editedAt: now() });
  return { result: messageJson(state, chat, message) };
}

function without(content: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(content).filter(([name]) => !names.includes(name)));
}

function sorted(content: object): unknown {
  return Object.entries(content).toSorted(([left], [right]) => (left < right ? -1 : 1));
}
