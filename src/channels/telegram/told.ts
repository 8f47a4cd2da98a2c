import type { Link, MessageDetails } from '../../domain/message-details.ts';
import { leftOver, type Told } from '../left-over.ts';
import { isObject } from './fields.ts';

type Raw = Record<string, unknown>;

const each = (parent: string, names: string) => names.split(' ').map((name) => `${parent}.${name}`);
const FILES = ['animation', 'video', 'video_note', 'audio', 'voice', 'document', 'live_photo'];

/** What of a message stands elsewhere; everything else is passed on as Telegram wrote it. */
const TOLD: Told = {
  always: [
    ...['message_id', 'date', 'edit_date', 'message_thread_id', 'is_topic_message'],
    ...['forward_origin.date', 'forward_date'],
  ],
  ifHeld: [
    ...['text', 'caption', 'author_signature', 'forward_sender_name'],
    ...FILES.flatMap((kind) => each(kind, 'file_id file_name mime_type file_size')),
    ...each('photo.*', 'file_id file_size'),
    ...each('sticker', 'file_id file_size emoji'),
    ...each('location', 'latitude longitude'),
    ...each('venue', 'location.latitude location.longitude title address'),
    ...each('contact', 'phone_number first_name last_name user_id vcard'),
    ...each('poll', 'id question is_closed allows_multiple_answers'),
    ...each('poll.options.*', 'text voter_count'),
    ...['successful_payment', 'refunded_payment', 'invoice'].flatMap((kind) =>
      each(kind, 'currency total_amount invoice_payload telegram_payment_charge_id'),
    ),
    'successful_payment.provider_payment_charge_id',
    'refunded_payment.provider_payment_charge_id',
    ...each('web_app_data', 'data button_text'),
    ...each('users_shared', 'request_id user_ids.*'),
    ...each('users_shared.users.*', 'user_id first_name last_name'),
    ...each('user_shared', 'request_id user_id'),
    ...each('chat_shared', 'request_id title'),
    ...each('entities.*', 'url'),
    ...['story.id', 'reply_to_story.id', 'forward_origin.sender_user_name'],
  ],
};

/** Told as who wrote, where and in answer to what. */
const ELSEWHERE = new Set([
  'chat',
  'from',
  'sender_chat',
  'reply_to_message',
  'direct_messages_topic',
]);

/** Found in the words by whoever looks. */
const PLAIN_ENTITIES = new Set(
  'mention hashtag cashtag bot_command url email phone_number'.split(' '),
);

/** What is told of a message as far as it decides what is left. */
type ToldOf = { details?: MessageDetails | undefined };

/** What of a message, or of the press of a button, `told` does not hold. */
export function leftOf(raw: Raw, told: ToldOf): Raw {
  const own = Object.entries(raw).flatMap(([name, value]): [string, unknown][] =>
    ELSEWHERE.has(name) || isDouble(name, raw) ? [] : [[name, tidied(name, value, told)]],
  );
  return leftOver(Object.fromEntries(own), TOLD, told);
}

/** For programs older than animations, these are documents as well. */
function isDouble(name: string, raw: Raw): boolean {
  return name === 'document' && isObject(raw['animation']);
}

/** Without smaller sizes of a picture that is told, and what everybody finds in the words. */
function tidied(name: string, value: unknown, { details }: ToldOf): unknown {
  if (name === 'entities' || name === 'caption_entities')
    return Array.isArray(value)
      ? value.filter((each) => isOfInterest(each, details?.links ?? []))
      : value;
  if (name === 'photo' && Array.isArray(value)) return value.length > 0 ? [largest(value)] : value;
  if (!FILES.includes(name) || !isObject(value)) return value;
  const { thumbnail: _preview, thumb: _before7, ...file } = value;
  return file;
}

/** A link whose place cannot be read is told nowhere else. */
function isOfInterest(entity: unknown, links: readonly Link[]): boolean {
  if (!isObject(entity)) return true;
  if (entity['type'] === 'text_link') return links.every(({ url }) => url !== entity['url']);
  return !PLAIN_ENTITIES.has(String(entity['type']));
}

function largest(sizes: unknown[]): unknown {
  const area = (size: unknown) =>
    isObject(size) ? Number(size['width'] ?? 0) * Number(size['height'] ?? 0) || 0 : -1;
  return sizes.reduce((best, size) => (area(size) >= area(best) ? size : best));
}
