import type { MessageContent } from '../../domain/message.ts';
import { attachmentsOf } from './attachments.ts';
import { Bodies } from './bodies.ts';
import { sharedBy } from './cards.ts';
import { nameOf } from './customer.ts';
import { detailsOf } from './details.ts';
import { mended } from './fields.ts';
import { readRichText } from './rich-text.ts';
import type { MessageIn } from './schema.ts';

/** Members that surround a message's content; what else a message has says of what kind it is. */
const ENVELOPE = new Set(
  (
    'message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count ' +
    'sender_business_bot sender_tag date business_connection_id chat forward_origin ' +
    'is_topic_message is_automatic_forward reply_to_message external_reply quote reply_to_story ' +
    'reply_to_checklist_task_id reply_to_poll_option_id via_bot edit_date has_protected_content ' +
    'is_from_offline is_paid_post media_group_id author_signature paid_star_count entities ' +
    'link_preview_options suggested_post_info effect_id caption caption_entities ' +
    'show_caption_above_media has_media_spoiler reply_markup guest_query_id receiver_user ' +
    'guest_bot_caller_user guest_bot_caller_chat ephemeral_message_id ' +
    // Before Bot API 7.0.
    'forward_from forward_from_chat forward_from_message_id forward_signature ' +
    'forward_sender_name forward_date'
  ).split(' '),
);

type Raw = Record<string, unknown>;

/**
 * What the customer wrote, following `Message` of the Bot API. A kind that we do not know is
 * `unsupported`, with the platform's word for it and all that it has as `platform_data`.
 */
export function contentOf(message: MessageIn, raw: Raw): MessageContent {
  const bodies = Bodies.parse(raw);
  const content = wordsOrFilesOf(message, raw) ?? actOf(bodies) ?? unknownOf(message, raw);
  const details = detailsOf(message, raw, { ...content, bodies });
  return Object.keys(details).length > 0 ? { ...content, details } : content;
}

/** The platform's word for what kind of message it is; undefined where nothing is in it. */
export function kindOf(raw: Raw): string | undefined {
  return Object.keys(raw).find((member) => !ENVELOPE.has(member));
}

/** `payload` of a contact that is the sender's own, as the button for it sends: not a friend's. */
const OWN_CONTACT = 'own_contact';

function wordsOrFilesOf(message: MessageIn, raw: Raw): MessageContent | undefined {
  if (message.text !== null) return { type: 'text', text: message.text, attachments: [] };
  const attachments = attachmentsOf(message);
  const [first] = attachments;
  if (first && first.type !== 'other') {
    const own = first.type === 'contact' && isOwnContact(message) ? { payload: OWN_CONTACT } : {};
    return { type: first.type, text: message.caption, attachments, ...own };
  }
  const rich = readRichText(raw['rich_message']);
  return rich && { type: 'text', text: rich.text, attachments: [] };
}

function isOwnContact({ contact, from }: MessageIn): boolean {
  return contact !== null && contact.user_id !== null && contact.user_id === from?.id;
}

/** Something that the customer did: paid, asked in a poll, chose, filled in. */
function actOf(bodies: Bodies): MessageContent | undefined {
  const { web_app_data: app, poll, users_shared, user_shared, chat_shared: chat } = bodies;
  if (app) return { type: 'postback', text: app.button_text, attachments: [], payload: app.data };
  if (bodies.successful_payment ?? bodies.refunded_payment ?? bodies.invoice)
    return { type: 'payment', text: null, attachments: [] };
  if (poll) return { type: 'poll', text: null, attachments: [] };
  if (chat)
    return { type: 'postback', text: chat.title, attachments: [], payload: chat.request_id };
  const shared = users_shared ?? user_shared;
  if (!shared) return undefined;
  const attachments = sharedBy(bodies).map((user) => {
    const title = nameOf(user) ?? user.username;
    return { type: 'contact' as const, ...(title ? { title } : {}) };
  });
  return { type: 'contact', text: null, attachments, payload: shared.request_id };
}

function unknownOf(message: MessageIn, raw: Raw): MessageContent {
  const title = mended(kindOf(raw)?.slice(0, 64) ?? '');
  const attachments = title === '' ? [] : [{ type: 'other' as const, title }];
  return { type: 'unsupported', text: message.caption, attachments };
}
