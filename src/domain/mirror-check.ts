/** What the router knows of a message that belongs into the CRM's table. */
export type ExpectedRow = {
  messageId: string;
  direction: string;
  day: string;
  state: 'waiting' | 'written' | 'dead';
  fingerprint: string | null;
};

/** A row of the table, by all the fingerprints that it may have been written with. */
export type FoundRow = { direction: string; day: string; fingerprints: string[] };

export type DayCount = {
  day: string;
  direction: string;
  /** Messages that were written. */
  written: number;
  waiting: number;
  dead: number;
  /** Rows of that day in the table, whoever wrote them. */
  found: number;
  missing: number;
};

/** Compares both sides. Pure; of rows that look the same, as many must be there as were written. */
export function compareMirror(
  expected: readonly ExpectedRow[],
  found: readonly FoundRow[],
): { days: DayCount[]; missing: string[] } {
  const days = new Map<string, DayCount>();
  const dayOf = ({ day, direction }: { day: string; direction: string }) => {
    const key = `${day} ${direction}`;
    const known = days.get(key);
    if (known) return known;
    const count = { day, direction, written: 0, waiting: 0, dead: 0, found: 0, missing: 0 };
    days.set(key, count);
    return count;
  };
  const present = new Map<string, number>();
  for (const row of found) {
    dayOf(row).found += 1;
    for (const fingerprint of row.fingerprints)
      present.set(fingerprint, (present.get(fingerprint) ?? 0) + 1);
  }
  const missing: string[] = [];
  for (const row of expected) {
    const count = dayOf(row);
    count[row.state] += 1;
    if (row.state !== 'written') continue;
    const left = present.get(row.fingerprint ?? '') ?? 0;
    present.set(row.fingerprint ?? '', left - 1);
    if (left > 0) continue;
    count.missing += 1;
    missing.push(row.messageId);
  }
  const sorted = [...days.values()].sort((a, b) =>
    `${a.day} ${a.direction}` < `${b.day} ${b.direction}` ? -1 : 1,
  );
  return { days: sorted, missing };
}
