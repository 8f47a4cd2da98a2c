import type { Transaction } from './database.ts';

/**
 * What Temporal is to be told once the transaction is committed: start a message's workflow or wake
 * it; say that a conversation has events, or wake it out of a wait; show a dead letter, tell its
 * workflow that something became of it, replay or discard it; run, pause or end a bulk replay; write
 * what waits for the CRM's own database; fetch a message that its platform did not tell.
 */
export type OutboxKind =
  | 'send_message'
  | 'wake_message'
  | 'events_ready'
  | 'wake_lane'
  | 'dead_letter'
  | 'replay_dead_letter'
  | 'discard_dead_letter'
  | 'bulk_replay'
  | 'mirror_ready'
  | 'fetch_message';

/** Labels that an operator filters by. Classes, counts and times; never content. */
export type OutboxDetails = Record<string, string | number | null>;

export type NewOutboxRow = {
  kind: OutboxKind;
  /** The message, conversation or account it is about. */
  target: string;
  accountId: string;
  channel?: string | null;
  round?: number | null;
  traceId?: string | null;
  details?: OutboxDetails;
  /** Milliseconds to hold the row back, to spread what would otherwise come as a burst. */
  delayMs?: number;
};

/** Adds a row to the outbox of the transaction that owes the call. */
export async function addOutboxRow(tx: Transaction, row: NewOutboxRow): Promise<void> {
  await tx.query(
    `insert into outbox (kind, target, account_id, channel, round, trace_id, details, not_before)
     values ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 millisecond')`,
    [
      row.kind,
      row.target,
      row.accountId,
      row.channel ?? null,
      row.round ?? null,
      row.traceId ?? null,
      row.details ? JSON.stringify(row.details) : null,
      row.delayMs ?? 0,
    ],
  );
}
