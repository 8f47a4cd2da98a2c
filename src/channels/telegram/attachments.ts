import type { Attachment } from '../../domain/message.ts';
import type { FileIn, MessageIn } from './schema.ts';

/** Files, a place, a card or a story: what is not words. */
export function attachmentsOf(message: MessageIn): Attachment[] {
  const one = attachmentOf(message);
  if (one?.type === 'image' && message.live_photo)
    return [one, fileOf('video', message.live_photo)];
  return one ? [one] : (message.paid_media?.paid_media ?? []).flatMap(paidOf);
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

/** What was paid for; a mere preview has no file. */
function paidOf(media: PaidMediaIn): Attachment[] {
  if (media?.photo) return [photoOf(media.photo)];
  const film = media?.video ?? media?.live_photo;
  return film ? [fileOf('video', film)] : [];
}

type PaidMediaIn = NonNullable<MessageIn['paid_media']>['paid_media'][number];

function fileOf(type: Attachment['type'], file: FileIn, usualType?: string): Attachment {
  return clean({
    type,
    media_id: file.file_id,
    mime_type: file.mime_type ?? usualType,
    file_name: file.file_name,
    size_bytes: file.file_size,
  });
}

/** Telegram makes a JPEG of every photo. */
function photoOf(sizes: NonNullable<MessageIn['photo']>): Attachment {
  const largest = largestOf(sizes);
  const file = { media_id: largest?.file_id, size_bytes: largest?.file_size };
  return clean({ type: 'image', ...file, mime_type: 'image/jpeg' });
}

/** Of the sizes that a photo comes in, in whatever order; the last of several. */
function largestOf(sizes: NonNullable<MessageIn['photo']>) {
  const area = (size: (typeof sizes)[number]) => (size.width ?? 0) * (size.height ?? 0);
  const [largest] = sizes
    .filter((size) => size.file_id !== null)
    .toReversed()
    .toSorted((one, other) => area(other) - area(one));
  return largest;
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
