import type { ChannelEvent } from '../channel.ts';

/** What the readers of an update's members know beside the member. */
export type Source = {
  accountExternalId: string | null;
  /** Names the update: its number, or where that is damaged the hash of its bytes. */
  update: string;
  /** Its number where it can be read: within one second it says which of two came first. */
  revision: number | null;
};

/** Reads one member of an update. No events: understood, and of no use. Null: it cannot be read. */
export type Reader = (raw: unknown, source: Source) => ChannelEvent[] | null;
