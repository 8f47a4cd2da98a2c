import { createHash, randomInt } from 'node:crypto';
import { sampleFile } from '../sample-file.ts';

/** A file of a business number: uploaded by it, or sent to it. The bytes are not in the state. */
export type MediaItem = {
  id: string;
  accountId: string;
  mimeType: string;
  sha256: string;
  size: number;
  filename: string | null;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** Whether the bytes are those of `sampleFile(id)`, which are there after a restart too. */
  sample: boolean;
};

const DAY = 24 * 3_600_000;
/** How long uploads and customers' files can be asked for, and how long an address of one works. */
const UPLOADED = 30 * DAY;
const RECEIVED = 7 * DAY;
const ADDRESS = 5 * 60_000;
const MB = 1024 * 1024;

/** What the platform takes, by kind; sizes in bytes. */
const LIMITS: Record<string, { types: string[]; size: number }> = {
  image: { types: ['image/jpeg', 'image/png'], size: 5 * MB },
  video: { types: ['video/mp4', 'video/3gpp'], size: 16 * MB },
  audio: {
    types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'],
    size: 16 * MB,
  },
  document: {
    types: [
      ...['text/plain', 'application/pdf', 'application/msword', 'application/vnd.ms-excel'],
      'application/vnd.ms-powerpoint',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    ],
    size: 100 * MB,
  },
  sticker: { types: ['image/webp'], size: 500 * 1024 },
};

export const MEDIA_TYPES = Object.keys(LIMITS);
export const MIME_TYPES = Object.values(LIMITS).flatMap(({ types }) => types);

/** Null where the platform takes such a file as this kind of message, otherwise why not. */
export function refuseFile(kind: string, mimeType: string, size: number): string | null {
  const limit = LIMITS[kind];
  const type = mimeType.split(';')[0]?.trim().toLowerCase() ?? '';
  // Anything may be sent as a document: the list is of what phones can open.
  if (kind !== 'document' && !limit?.types.includes(type))
    return `${type || 'This'} is not a supported type of ${kind}.`;
  return size > (limit?.size ?? 0) ? `The file is too large for ${kind}.` : null;
}

export type MediaStore = {
  /** Without bytes a sample of the type is made. */
  add(given: {
    accountId: string;
    mimeType: string;
    bytes?: Buffer | undefined;
    filename?: string | null | undefined;
    from: 'customer' | 'business';
  }): MediaItem;
  /** Undefined for an id that is not there, or over its time. */
  find(id: string): MediaItem | undefined;
  bytesOf(item: MediaItem): Buffer | null;
  /** An address that works for five minutes, with a token. */
  address(item: MediaItem): string;
  /** The file behind an address; undefined once its time is over. */
  byAddress(query: { mid?: unknown; ext?: unknown; hash?: unknown }): MediaItem | undefined;
  remove(id: string): void;
};

/** Keeps the bytes in memory, and the rest in the state. */
export function createMediaStore(deps: {
  state: { media: Map<string, MediaItem> };
  now: () => number;
  origin: () => string;
}): MediaStore {
  const { state, now, origin } = deps;
  const kept = new Map<string, Buffer>();
  const hashOf = ({ id, sha256 }: MediaItem, ext: string) =>
    createHash('sha256').update(`${id} ${ext} ${sha256}`).digest('base64url').slice(0, 24);
  const find = (id: string) => {
    const item = state.media.get(id);
    return item && item.expiresAt > now() ? item : undefined;
  };
  return {
    find,
    add({ accountId, mimeType, bytes, filename, from }) {
      const id = `1${randomInt(10 ** 7, 10 ** 8)}${randomInt(10 ** 6, 10 ** 7)}`;
      const content = bytes ?? sampleOf(id, mimeType);
      const item: MediaItem = {
        ...{ id, accountId, mimeType, filename: filename ?? null, sample: bytes === undefined },
        sha256: createHash('sha256').update(content).digest('hex'),
        size: content.length,
        expiresAt: now() + (from === 'business' ? UPLOADED : RECEIVED),
      };
      if (bytes) kept.set(id, bytes);
      state.media.set(id, item);
      return item;
    },
    bytesOf: ({ id, mimeType, sample }) =>
      sample ? sampleOf(id, mimeType) : (kept.get(id) ?? null),
    address(item) {
      const ext = String(now() + ADDRESS);
      const query = new URLSearchParams({ mid: item.id, ext, hash: hashOf(item, ext) });
      return `${origin()}/whatsapp/lookaside/whatsapp_business/attachments/?${query}`;
    },
    byAddress({ mid, ext, hash }) {
      const item = find(String(mid));
      if (!item || hash !== hashOf(item, String(ext)) || Number(ext) <= now()) return undefined;
      return item;
    },
    remove(id) {
      state.media.delete(id);
      kept.delete(id);
    },
  };
}

function sampleOf(id: string, mimeType: string): Buffer {
  return sampleFile(`${id}.${mimeType === 'image/png' ? 'png' : 'txt'}`).bytes;
}
