import type { MediaContent } from '../../domain/outgoing-content.ts';

/** The method that sends a file, and the member that names the file in it. */
export type MediaMethod = { method: string; member: string };

const method = (name: string): MediaMethod => ({
  method: `send${name}`,
  member: name.toLowerCase(),
});

/**
 * A GIF sent as a photo stands still, and Ogg sent as audio is a file to download. Follows the
 * pages on `sendPhoto` and its like.
 */
export function mediaMethod(content: MediaContent): MediaMethod {
  const format = formatOf(content);
  switch (content.type) {
    case 'image':
      return method(format === 'gif' ? 'Animation' : 'Photo');
    case 'video':
      return method('Video');
    case 'audio':
      return method(format === 'ogg' ? 'Voice' : 'Audio');
    case 'document':
      return method('Document');
  }
}

const FORMATS: Record<string, string> = {
  'image/gif': 'gif',
  'application/pdf': 'pdf',
  'application/x-pdf': 'pdf',
  'application/zip': 'zip',
  'application/x-zip-compressed': 'zip',
  'audio/ogg': 'ogg',
  'application/ogg': 'ogg',
  'audio/opus': 'ogg',
};
/** What ends in these is made by a program and may be anything. */
const PROGRAMS = new Set(['php', 'asp', 'aspx', 'jsp', 'cgi', 'do']);
const EXTENSIONS: Record<string, string> = { oga: 'ogg', opus: 'ogg' };

/**
 * `pdf`, `gif`, `ogg`, …: from the MIME type if it is told, else from the name or the address.
 * Null where nothing tells.
 */
export function formatOf({ mimeType, fileName, url }: MediaContent): string | null {
  const type = mimeType?.split(';')[0]?.trim().toLowerCase();
  if (type && type !== 'application/octet-stream')
    return Object.hasOwn(FORMATS, type) ? (FORMATS[type] ?? type) : type;
  const extension = extensionOf(fileName ?? '') ?? extensionOf(pathOf(url ?? ''));
  if (extension === null || PROGRAMS.has(extension)) return null;
  return Object.hasOwn(EXTENSIONS, extension) ? (EXTENSIONS[extension] ?? extension) : extension;
}

function extensionOf(name: string): string | null {
  return /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toLowerCase() ?? null;
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : '';
}
