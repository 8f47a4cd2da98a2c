/** One page of a list; `nextCursor` null on the last one. */
export type Page<T> = { items: T[]; nextCursor: string | null };
/** `cursor` is what the page before said, opaque to the caller. */
export type PageRequest = { limit: number; cursor?: string | undefined };

/** Cuts a result that was asked for with one row too many; that row says that there is a next page. */
export function toPage<T>(rows: T[], limit: number, cursorOf: (last: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? cursorOf(last) : null };
}

/** A place in a list: microseconds since 1970, for a `Date` would lose rows, and an id. */
export type TimePlace = { micros: string; id: string };

/** SQL for the `micros` of a `timestamptz`. */
export function microsOf(column: string): string {
  return `(extract(epoch from ${column}) * 1000000)::bigint`;
}

/** SQL for the `timestamptz` that a parameter of `micros` stands for; null for null. */
export function timeOfMicros(parameter: string): string {
  return `(timestamptz 'epoch' + ${parameter}::bigint * interval '1 microsecond')`;
}

/** The place as an opaque text that is safe in a URL. */
export function timeCursor(place: TimePlace): string {
  return Buffer.from(`${place.micros}|${place.id}`).toString('base64url');
}

/** Throws {@link InvalidCursor} for anything that {@link timeCursor} did not make of such an id. */
export function readTimeCursor(cursor: string | undefined, id: RegExp): TimePlace | null {
  if (cursor === undefined) return null;
  // Seventeen digits lie within the times that PostgreSQL has.
  const [, micros, found] =
    /^(-?\d{1,17})\|([\w-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (micros === undefined || found === undefined || !id.test(found)) throw new InvalidCursor();
  return { micros, id: found };
}

/** A page of a list that is ordered by time and id, each row as it is `shown`. */
export function toTimePage<Row extends TimePlace, T>(
  rows: Row[],
  limit: number,
  shown: (row: Row) => T,
): Page<T> {
  const { items, nextCursor } = toPage(rows, limit, timeCursor);
  return { items: items.map(shown), nextCursor };
}

/** The place in a list that is ordered by whole numbers. */
export function placeCursor(place: string): string {
  return Buffer.from(place).toString('base64url');
}

/** Null for anything that {@link placeCursor} did not make. */
export function readPlaceCursor(cursor: string): string | null {
  const text = Buffer.from(cursor, 'base64url').toString();
  return /^\d{1,18}$/.test(text) ? text : null;
}

/** A place in a list that is ordered by our own ids. Throws {@link InvalidCursor} for anything else. */
export function readIdCursor(cursor: string | undefined, prefix: string): string | null {
  if (cursor === undefined) return null;
  if (!new RegExp(`^${prefix}_[0-9a-f]{32}$`).test(cursor)) throw new InvalidCursor();
  return cursor;
}

/** The cursor is not one of this list's. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}
