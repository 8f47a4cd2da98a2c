import type { Files } from './files.ts';
import type { Json } from './json.ts';
import type { StoredFile } from './state.ts';

export const MEDIA_KINDS = [
  ...(['photo', 'video', 'audio', 'voice', 'animation', 'document'] as const),
  ...(['sticker', 'video_note'] as const),
];
export type MediaKind = (typeof MEDIA_KINDS)[number];

export type Media = {
  kind: MediaKind;
  name?: string | null | undefined;
  mimeType?: string | null | undefined;
  size?: number | undefined;
  bytes?: Buffer | null | undefined;
};

const MIME_TYPES: Partial<Record<MediaKind, string>> = {
  video: 'video/mp4',
  audio: 'audio/mpeg',
  voice: 'audio/ogg',
  animation: 'video/mp4',
};

/** Longest side of the sizes that a photo comes in, smallest first. */
const PHOTO_SIZES = [
  { width: 90, height: 62 },
  { width: 320, height: 220 },
  { width: 1280, height: 880 },
];

/** Stores a new file, and describes it as the members of a `Message` do. */
export function newMedia(files: Files, botId: string, media: Media): Json {
  const { kind, bytes } = media;
  const base = { botId, kind, name: media.name, bytes, size: media.size };
  if (kind === 'photo')
    return {
      photo: PHOTO_SIZES.map((size) => ({ ...fileJson(files.add(base)), ...size })),
    };
  const mimeType = media.mimeType ?? MIME_TYPES[kind] ?? null;
  return describeMedia(files.add({ ...base, mimeType }));
}

/** The members of a `Message` for a file that is known already. */
export function describeMedia(file: StoredFile): Json {
  const nameless = {
    ...fileJson(file),
    ...(file.mimeType !== null && { mime_type: file.mimeType }),
  };
  const json = { ...nameless, ...(file.name !== null && { file_name: file.name }) };
  switch (file.kind as MediaKind) {
    case 'photo':
      return { photo: [{ ...fileJson(file), ...PHOTO_SIZES[2] }] };
    case 'video':
      return { video: { ...json, width: 640, height: 360, duration: 5 } };
    case 'audio':
      return { audio: { ...json, duration: 5 } };
    case 'voice':
      return { voice: { ...nameless, duration: 3 } };
    case 'animation':
      return {
        animation: { ...json, width: 320, height: 220, duration: 2 },
        document: json,
      };
    case 'document':
      return { document: json };
    case 'sticker':
      return { sticker: { ...fileJson(file), ...STICKER } };
    case 'video_note':
      return { video_note: { ...fileJson(file), length: 240, duration: 4 } };
  }
}

const STICKER = {
  ...{ type: 'regular', width: 512, height: 512, is_animated: false, is_video: false },
  ...{ emoji: '👍', set_name: 'sandbox' },
};

function fileJson({ fileId, uniqueId, size }: StoredFile): Json {
  return { file_id: fileId, file_unique_id: uniqueId, file_size: size };
}
