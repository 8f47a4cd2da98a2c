/** Who speaks or listens in a line of the feed: `customer`, `router`, `crm`, `sandbox`, or a platform. */
type Party = string;

/** One thing that happened, in words a newcomer understands. Shown on the page, kept in memory. */
export type FeedEntry = {
  id: number;
  at: number;
  tone: 'good' | 'note' | 'warning' | 'bad';
  from: Party;
  to: Party | null;
  title: string;
  /** What it means and what follows. */
  detail: string | null;
  customerId: string | null;
};

export type Feed = {
  add(entry: Omit<FeedEntry, 'id' | 'at'>): void;
  /** Newest first. */
  latest(customerId: string | null): FeedEntry[];
  clear(): void;
};

const KEPT = 300;
const SHOWN = 40;

/** Entries about one customer are shown with that customer, the rest with all of them. */
export function createFeed(changed: () => void): Feed {
  const entries: FeedEntry[] = [];
  let next = 1;
  return {
    add(entry) {
      entries.unshift({ id: next++, at: Date.now(), ...entry });
      if (entries.length > KEPT) entries.pop();
      changed();
    },
    latest: (customerId) =>
      entries
        .filter((entry) => entry.customerId === null || entry.customerId === customerId)
        .slice(0, SHOWN),
    clear: () => void entries.splice(0),
  };
}
