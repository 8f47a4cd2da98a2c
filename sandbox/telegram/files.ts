import { randomBytes } from 'node:crypto';
import { sampleFile } from '../sample-file.ts';
import { refusals } from './errors.ts';
import type { TelegramSettings } from './settings.ts';
import type { StoredFile, TelegramState } from './state.ts';

export type NewFile = {
  botId: string;
  kind: string;
  name?: string | null | undefined;
  mimeType?: string | null | undefined;
  /** Bytes it claims to have; of the real ones where left out. */
  size?: number | undefined;
  /** Made from the name where left out. */
  bytes?: Buffer | null | undefined;
};

export type Files = {
  add(given: NewFile): StoredFile;
  /** A file of this bot by its `file_id`. */
  find(botId: string, fileId: string): StoredFile | undefined;
  /** Gives it a path that works for a while. Throws {@link TelegramError} 400 if it is too big. */
  open(file: StoredFile): string;
  /** The bytes behind a path; null if there is none, or no longer. */
  read(botId: string, path: string): Buffer | null;
  bytesOf(file: StoredFile): Buffer;
  clear(): void;
};

/** Bots can download no more than this. */
const MAX_DOWNLOAD = 20_000_000;
const KEPT = 5000;
/** Bytes of uploads that are kept; older ones are made up again from their names. */
const KEPT_BYTES = 200_000_000;

const PREFIXES: Record<string, string> = {
  ...{ photo: 'AgACAgIAAxkB', video: 'BAACAgIAAxkB', audio: 'CQACAgIAAxkB', voice: 'AwACAgIAAxkB' },
  ...{ document: 'BQACAgIAAxkB', sticker: 'CAACAgIAAxkB', animation: 'CgACAgIAAxkB' },
};

/** The files of all bots. Their descriptions are saved; uploaded bytes are in memory only. */
export function createFiles(deps: {
  state: TelegramState;
  settings: TelegramSettings;
  now: () => number;
}): Files {
  const { state, settings, now } = deps;
  const uploaded = new Map<string, Buffer>();
  let held = 0;

  function keep(fileId: string, bytes: Buffer): void {
    uploaded.set(fileId, bytes);
    held += bytes.length;
    for (const [oldest, old] of uploaded) {
      if (held <= KEPT_BYTES) return;
      uploaded.delete(oldest);
      held -= old.length;
    }
  }

  const bytesOf = (file: StoredFile) => uploaded.get(file.fileId) ?? madeUp(file);

  return {
    bytesOf,
    add({ botId, kind, name = null, mimeType = null, size, bytes }) {
      const file: StoredFile = {
        fileId: `${PREFIXES[kind] ?? 'DQACAgIAAxkB'}${randomBytes(32).toString('base64url')}`,
        uniqueId: `AQAD${randomBytes(9).toString('base64url')}`,
        ...{ botId, kind, name, mimeType, size: size ?? 0 },
        path: null,
        pathExpiresAt: null,
      };
      if (bytes) keep(file.fileId, bytes);
      if (size === undefined) file.size = (bytes ?? madeUp(file)).length;
      state.files.set(file.fileId, file);
      if (state.files.size > KEPT) state.files.delete(state.files.keys().next().value ?? '');
      return file;
    },
    find(botId, fileId) {
      const file = state.files.get(fileId);
      return file?.botId === botId ? file : undefined;
    },
    open(file) {
      if (file.size > MAX_DOWNLOAD) throw refusals.badRequest('file is too big');
      file.path ??= `${file.kind}s/file_${state.files.size}_${file.uniqueId}${extensionOf(file)}`;
      file.pathExpiresAt = now() + settings.file_path_ms;
      return file.path;
    },
    read(botId, path) {
      const file = [...state.files.values()].find(
        (one) => one.botId === botId && one.path === path,
      );
      if (!file || (file.pathExpiresAt ?? 0) <= now()) return null;
      return bytesOf(file);
    },
    clear() {
      state.files.clear();
      uploaded.clear();
      held = 0;
    },
  };
}

const EXTENSIONS: Record<string, string> = {
  ...{ photo: '.jpg', video: '.mp4', video_note: '.mp4', animation: '.mp4', voice: '.oga' },
  ...{ audio: '.mp3', sticker: '.webp' },
};

function extensionOf({ kind, name }: StoredFile): string {
  return /\.\w{1,8}$/.exec(name ?? '')?.[0] ?? EXTENSIONS[kind] ?? '';
}

/** A picture for what is shown as one, text for the rest. */
function madeUp(file: StoredFile): Buffer {
  const pictured = file.kind === 'photo' || file.kind === 'sticker';
  const path = `${file.uniqueId}${pictured ? '.png' : extensionOf(file) || '.bin'}`;
  return sampleFile(path).bytes;
}
