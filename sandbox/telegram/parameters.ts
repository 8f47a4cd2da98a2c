import { refusals } from './errors.ts';
import { type Json, isObject } from './json.ts';

/** A file that came in a multipart body. */
export type Upload = { name: string; type: string; bytes: Buffer };
type Uploads = Map<string, Upload>;

/**
 * The parameters of a call. They come in the query, a form, a multipart body or JSON, so numbers,
 * booleans and objects may each be text. Every reader throws {@link TelegramError} 400.
 */
export type Parameters = {
  has(name: string): boolean;
  /** Undefined where it is missing; empty text stays empty text. */
  text(name: string): string | undefined;
  integer(name: string): number | undefined;
  flag(name: string): boolean;
  object(name: string): Json | undefined;
  list(name: string): unknown[] | undefined;
  /** A file of a multipart body, by its field. */
  upload(name: string): Upload | undefined;
};

export function createParameters(values: Json, uploads: Uploads = new Map()): Parameters {
  const read = (name: string) => values[name] ?? undefined;
  function parsed(name: string): unknown {
    const value = read(name);
    if (typeof value !== 'string') return value;
    try {
      return value === '' ? undefined : JSON.parse(value);
    } catch {
      throw refusals.badRequest(`can't parse ${name.replaceAll('_', ' ')} JSON object`);
    }
  }
  return {
    has: (name) => read(name) !== undefined || uploads.has(name),
    text(name) {
      const value = read(name);
      return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
    },
    integer(name) {
      const value = read(name);
      if (value === undefined || value === '') return undefined;
      const number = Number(value);
      if (!Number.isSafeInteger(number))
        throw refusals.badRequest(`invalid ${name.replaceAll('_', ' ')} specified`);
      return number;
    },
    flag: (name) => /^(true|1|yes)$/i.test(String(read(name) ?? '')),
    object(name) {
      const value = parsed(name);
      if (value === undefined || isObject(value)) return value;
      throw refusals.badRequest(`object expected as ${name.replaceAll('_', ' ')}`);
    },
    list(name) {
      const value = parsed(name);
      if (value === undefined || Array.isArray(value)) return value;
      throw refusals.badRequest(`array expected as ${name.replaceAll('_', ' ')}`);
    },
    upload: (name) => uploads.get(name),
  };
}

/** The parameters of a multipart body. */
export async function readForm(form: FormData): Promise<{ values: Json; uploads: Uploads }> {
  const values: Json = {};
  const uploads: Uploads = new Map();
  for (const [name, value] of form) {
    if (typeof value === 'string') values[name] = value;
    else {
      const bytes = Buffer.from(await value.arrayBuffer());
      uploads.set(name, { name: value.name, type: value.type, bytes });
    }
  }
  return { values, uploads };
}
