import type { ChannelEvent } from '../channel.ts';

/** What the readers of an update's members know beside the member. */
export type Source = {
  accountExternalId: string | null;
  /** Names the update: its number, or where that is damaged the hash of its bytes. */
  update: string;
};

/** Reads one member of an update. No events: understood, and of no use. Null: it cannot be read. */
export type Reader = (raw: unknown, source: Source) => ChannelEvent[] | null;
