import type { Attachment, MessageContent } from '../../domain/message.ts';
import type { FileIn, MessageIn } from './schema.ts';

/** Members that surround a message's content; what else a message has says of what kind it is. */
const ENVELOPE = new Set(
  (
    'message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count ' +
    'sender_business_bot sender_tag date business_connection_id chat forward_origin ' +
    'is_topic_message is_automatic_forward reply_to_message external_reply quote reply_to_story ' +
    'reply_to_checklist_task_id via_bot edit_date has_protected_content is_from_offline ' +
    'is_paid_post media_group_id author_signature paid_star_count entities link_preview_options ' +
    'suggested_post_info effect_id caption caption_entities show_caption_above_media ' +
    'has_media_spoiler reply_markup guest_query_id receiver_user'
  ).split(' '),
);

/**
 * What the customer wrote, following `Message` of the Bot API. A kind that we do not know is
 * `unsupported`, with the platform's word for it; the message itself is kept.
 */
export function contentOf(message: MessageIn, raw: Record<string, unknown>): MessageContent {
  if (message.text !== null) return { type: 'text', text: message.text, attachments: [] };
  const attachment = attachmentOf(message);
  const text = message.caption ?? null;
  if (attachment) {
    const type = attachment.type === 'other' ? 'unsupported' : attachment.type;
    const own = type === 'contact' && isOwnContact(message) ? { payload: OWN_CONTACT } : {};
    return { type, text, attachments: [attachment], ...own };
  }
  const kind = Object.keys(raw).find((member) => !ENVELOPE.has(member));
  const title = kind?.slice(0, 64).replaceAll('\0', '\ufffd').toWellFormed();
  return { type: 'unsupported', text, attachments: title ? [{ type: 'other', title }] : [] };
}

/** `payload` of a contact that is the sender's own, as the button for it sends: not a friend's. */
const OWN_CONTACT = 'own_contact';

function isOwnContact({ contact, from }: MessageIn): boolean {
  return contact !== null && contact.user_id !== null && contact.user_id === from?.id;
}

/** Animations also set `document`, venues `location`, live photos `photo`. */
function attachmentOf(message: MessageIn): Attachment | undefined {
  if (message.animation) return fileOf('video', message.animation);
  if (message.photo) return photoOf(message.photo);
  if (message.video) return fileOf('video', message.video);
  if (message.video_note) return fileOf('video', message.video_note, 'video/mp4');
  if (message.voice) return fileOf('audio', message.voice, 'audio/ogg');
  if (message.audio) return fileOf('audio', message.audio);
  if (message.document) return fileOf('document', message.document);
  if (message.sticker) return stickerOf(message.sticker);
  if (message.venue || message.location) return locationOf(message);
  if (message.contact) return contactOf(message.contact);
  if (message.story !== undefined) return { type: 'share', title: 'story' };
  return undefined;
}

function fileOf(type: Attachment['type'], file: FileIn, usualType?: string): Attachment {
  return clean({
    type,
    media_id: file.file_id,
    mime_type: file.mime_type ?? usualType,
    file_name: file.file_name,
    size_bytes: file.file_size,
  });
}

/** The largest size; Telegram makes a JPEG of every photo. */
function photoOf(sizes: NonNullable<MessageIn['photo']>): Attachment {
  const area = (size: (typeof sizes)[number]) => (size.width ?? 0) * (size.height ?? 0);
  const [largest] = sizes
    .filter((size) => size.file_id !== null)
    .toReversed()
    .toSorted((one, other) => area(other) - area(one));
  const file = { media_id: largest?.file_id, size_bytes: largest?.file_size };
  return clean({ type: 'image', ...file, mime_type: 'image/jpeg' });
}

function stickerOf(sticker: NonNullable<MessageIn['sticker']>): Attachment {
  const still = sticker.is_video ? 'video/webm' : 'image/webp';
  return clean({
    type: 'sticker',
    media_id: sticker.file_id,
    title: sticker.emoji,
    mime_type: sticker.is_animated ? 'application/x-tgsticker' : still,
    size_bytes: sticker.file_size,
  });
}

function locationOf({ venue, location }: MessageIn): Attachment {
  const place = venue?.location ?? location;
  const title = [venue?.title, venue?.address].filter(Boolean).join(', ');
  const { latitude, longitude } = place ?? {};
  return clean({ type: 'location', title: title === '' ? null : title, latitude, longitude });
}

function contactOf(contact: NonNullable<MessageIn['contact']>): Attachment {
  const title = [contact.first_name, contact.last_name].filter(Boolean).join(' ');
  return clean({
    type: 'contact',
    title: title === '' ? null : title,
    phone: contact.phone_number,
  });
}

type Loose = { [Member in keyof Attachment]: Attachment[Member] | null } & Pick<Attachment, 'type'>;

/** Without the members that the platform did not tell. */
function clean(attachment: Loose): Attachment {
  const told = Object.entries(attachment).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return Object.fromEntries(told) as Attachment;
}
