/** When something was changed: by the platform's clock, and by its own count where it has one. */
export type ChangeTime = { atMs: number; revision: number | null };

/**
 * Whether a change that arrives now takes the place of the one that holds, so that the order of their
 * arrival decides nothing that the platform decides: the later one holds, at the same time the one
 * counted higher, and where that says nothing either the one that arrived last.
 */
export function supersedes(change: ChangeTime, held: ChangeTime | null): boolean {
  if (held === null) return true;
  if (change.atMs !== held.atMs) return change.atMs > held.atMs;
  if (change.revision === null || held.revision === null) return true;
  return change.revision >= held.revision;
}
