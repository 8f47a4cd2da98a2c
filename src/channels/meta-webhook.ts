import { createHash } from 'node:crypto';
import type { ChannelEvent } from './channel.ts';
import { parseKeepingIds } from './meta-json.ts';

/** What the webhook bodies of Meta's platforms have in common: bytes, places, what cannot be read. */

/** Where an item stood, for the key of one that cannot even be printed again. */
export type Place = { body: Buffer; path: string };

/** What is known of an item before it is read. */
export type Source = { accountId: string | null; time: number | null; place: Place };

/** The JSON of a webhook body, or undefined where it is none or no UTF-8. */
export function parseBody(body: Buffer): unknown {
  try {
    return parseKeepingIds(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** The event of an item that is of no use or cannot be read; the same item has the same key. */
export function unusable(
  kind: 'ignored' | 'unreadable',
  raw: unknown,
  source: Source,
): ChannelEvent {
  const event = bare(kind, hash(raw, source.place));
  return { ...event, accountExternalId: source.accountId, at: source.time };
}

/** The same without an account. `of` is a hash, or the bytes to take one of. */
export function bare(kind: 'ignored' | 'unreadable', of: Buffer | string): ChannelEvent {
  const key = typeof of === 'string' ? of : sha256(of);
  return { kind, accountExternalId: null, key, at: null };
}

/** A name for an item that has none of its own. */
export function hash(value: unknown, place: Place): string {
  try {
    return sha256(JSON.stringify(value));
  } catch {
    // Nested too deep to print: the same bytes at the same place are the same event.
    return sha256(`${sha256(place.body)}/${place.path}`);
  }
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}
