import type { Database, Transaction } from './database.ts';
import { reviveDeadLetter } from './dead-letter.ts';
import { advanceLane, lockConversations } from './lane.ts';
import { reviveMirror } from './mirror/revive-mirror.ts';
import { addOutboxRow } from './outbox.ts';
import {
  type Expected,
  type ExpectedKind,
  type Found,
  readExpected,
} from './reconciling/expected.ts';
import {
  listTroubled,
  noteTroubles,
  type RunTrouble,
  type TroubledRun,
} from './reconciling/troubles.ts';
import { hastenPasses, takePage } from './reconciling/turns.ts';

export type ReconcileStore = {
  /**
   * The next page of what should be running for `olderThanMs`, in an order of its own, so that none
   * stands behind others for ever. Null at the end; a pass of a kind begins `everyMs` after the last.
   */
  takePage(kind: ExpectedKind, options: PassOptions): Promise<Found[] | null>;
  /** Looks again under the lock and, where it is still so, writes a fresh outbox row. */
  revive(found: Found['expected']): Promise<boolean>;
  /** True for one process every `everyMs`. */
  takeTurn(kind: 'troubles', everyMs: number): Promise<boolean>;
  /** Raises, goes on with and resolves the alerts on runs that cannot go on: `runs` is all of them. */
  noteTroubles(cause: RunTrouble, runs: readonly TroubledRun[]): Promise<void>;
  /** Workflow ids that an open alert names. */
  listTroubled(cause: RunTrouble): Promise<string[]>;
  /** Begins all passes anew: after Temporal was away, nothing is worth waiting for. */
  hasten(): Promise<void>;
};

export type PassOptions = { olderThanMs: number; everyMs: number; limit: number };

export function createReconcileStore(database: Database): ReconcileStore {
  return {
    takePage: (kind, { olderThanMs, everyMs, limit }) =>
      takePage(database, { kind, everyMs }, (tx, after) =>
        readExpected[kind](tx, { after, olderThanMs, limit }),
      ),
    revive: (expected) =>
      database.transaction(async (tx) => {
        switch (expected.kind) {
          case 'message':
            return reviveMessage(tx, expected);
          case 'stuck_lane':
            await lockConversations(tx, [expected.conversationId]);
            return (await advanceLane(tx, expected.conversationId)) !== null;
          case 'lane':
            return reviveLane(tx, expected.laneId);
          case 'dead_letter':
            return reviveDeadLetter(tx, expected.deadLetterId);
          case 'bulk_replay':
            return reviveBulkReplay(tx, expected.bulkReplayId);
          case 'message_fetch':
            return reviveFetch(tx, expected.fetchId);
          case 'mirror':
            return reviveMirror(tx);
        }
      }),
    async takeTurn(kind, everyMs) {
      const nothing = { rows: [], position: '', isLast: true };
      return (await takePage(database, { kind, everyMs }, async () => nothing)) !== null;
    },
    noteTroubles: (cause, runs) => noteTroubles(database, cause, runs),
    listTroubled: (cause) => listTroubled(database, cause),
    hasten: () => hastenPasses(database),
  };
}

async function reviveBulkReplay(tx: Transaction, id: string): Promise<boolean> {
  const [row] = await tx.query<{ account_id: string }>(
    `select account_id from bulk_replays where id = $1 and state in ('running', 'paused') for update`,
    [id],
  );
  if (!row) return false;
  await addOutboxRow(tx, { kind: 'bulk_replay', target: id, accountId: row.account_id });
  return true;
}

async function reviveFetch(tx: Transaction, id: string): Promise<boolean> {
  const [row] = await tx.query<{ account_id: string; channel: string; trace_id: string | null }>(
    `select account_id, channel, trace_id from message_fetches
      where id = $1 and state = 'pending' for update`,
    [id],
  );
  if (!row) return false;
  await addOutboxRow(tx, {
    kind: 'fetch_message',
    target: id,
    accountId: row.account_id,
    channel: row.channel,
    traceId: row.trace_id,
  });
  return true;
}

/** A new round, because the id of a workflow that was terminated cannot be used again. */
async function reviveMessage(
  tx: Transaction,
  expected: Extract<Expected, { kind: 'message' }>,
): Promise<boolean> {
  const [place] = await tx.query<{ conversation_id: string }>(
    'select conversation_id from messages where id = $1',
    [expected.messageId],
  );
  if (!place) return false;
  await lockConversations(tx, [place.conversation_id]);
  const [row] = await tx.query<{ account_id: string; channel: string; trace_id: string | null }>(
    `update messages m set round = round + 1
      where m.id = $1 and m.round = $2 and m.resolved_at is null
        and exists (select from conversations c
                     where c.id = m.conversation_id and c.head_message_id = m.id)
        and not exists (select from outbox o
                         where o.kind = 'send_message' and o.target = m.id::text)
      returning account_id, channel, trace_id`,
    [expected.messageId, expected.round],
  );
  if (!row) return false;
  await addOutboxRow(tx, {
    kind: 'send_message',
    target: expected.messageId,
    accountId: row.account_id,
    channel: row.channel,
    round: expected.round + 1,
    traceId: row.trace_id,
  });
  return true;
}

async function reviveLane(tx: Transaction, laneId: string): Promise<boolean> {
  const [row] = await tx.query<{ account_id: string }>(
    `select account_id from webhook_deliveries d
      where lane_id = $1 and state in ('pending', 'replay')
        and not exists (select from outbox o where o.kind = 'events_ready' and o.target = $1)
      limit 1`,
    [laneId],
  );
  if (!row) return false;
  await addOutboxRow(tx, { kind: 'events_ready', target: laneId, accountId: row.account_id });
  return true;
}
