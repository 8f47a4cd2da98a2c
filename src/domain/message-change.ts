/** When something was changed: by the platform's clock, and by its own number where it has one. */
export type ChangeTime = {
  atMs: number;
  revision: number | null;
  /** The number counts the changes of this very message, so it knows better than any clock. */
  isCount?: boolean | undefined;
};

/**
 * Whether a change that arrives now takes the place of the one that holds, so that the order of their
 * arrival decides nothing that the platform decides: the one counted higher holds, else the later one,
 * at the same time the one numbered higher, and where that says nothing either the one that arrived last.
 */
export function supersedes(change: ChangeTime, held: ChangeTime | null): boolean {
  if (held === null) return true;
  const [number, other] = [change.revision, held.revision];
  const counted = change.isCount === true && number !== null && other !== null;
  if (counted && number !== other) return number > other;
  if (change.atMs !== held.atMs) return change.atMs > held.atMs;
  return number === null || other === null || number >= other;
}

/** The largest that a column of four bytes takes. */
const MOST = 2_147_483_647;

/** A platform's number of a change; null where there is none, or none that can be kept. */
export function revisionOf(number: number | null | undefined): number | null {
  return typeof number === 'number' && number <= MOST ? number : null;
}
