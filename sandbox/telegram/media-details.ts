import type { Files } from './files.ts';
import { type Json, isObject } from './json.ts';
import type { MediaKind } from './media.ts';
import type { Parameters, Upload } from './parameters.ts';

const NUMBERS: Partial<Record<MediaKind, string[]>> = {
  video: ['duration', 'width', 'height', 'start_timestamp'],
  animation: ['duration', 'width', 'height'],
  audio: ['duration'],
  voice: ['duration'],
  video_note: ['duration', 'length'],
};
const TEXTS: Partial<Record<MediaKind, string[]>> = {
  audio: ['performer', 'title'],
  sticker: ['emoji'],
};
const COVERED = new Set<MediaKind>(['photo', 'video', 'animation']);

type Given = { kind: MediaKind; content: Json; params: Parameters; thumbnail: Upload | undefined };

/**
 * The members of a `Message` for a file, with what the bot says about it. The platform looks into
 * most files itself; the sandbox cannot, and believes the bot.
 */
export function withDetails(files: Files, botId: string, given: Given): Json {
  const { kind, content, params, thumbnail } = given;
  const details: Json = {};
  for (const name of NUMBERS[kind] ?? []) {
    const value = params.integer(name);
    if (value !== undefined && value !== 0) details[name] = value;
  }
  for (const name of TEXTS[kind] ?? []) {
    const value = params.text(name)?.trim();
    if (value) details[name] = value;
  }
  if (thumbnail) details['thumbnail'] = thumbnailJson(files, botId, thumbnail);
  const file = content[kind];
  const spoiler = COVERED.has(kind) && params.flag('has_spoiler');
  return {
    ...content,
    ...(isObject(file) && { [kind]: { ...file, ...details } }),
    ...(spoiler && { has_media_spoiler: true }),
  };
}

function thumbnailJson(files: Files, botId: string, { name, bytes }: Upload): Json {
  const { fileId, uniqueId, size } = files.add({ botId, kind: 'photo', name, bytes });
  return {
    ...{ file_id: fileId, file_unique_id: uniqueId, file_size: size },
    width: 90,
    height: 90,
  };
}
