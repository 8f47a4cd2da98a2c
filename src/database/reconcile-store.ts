import type { Database, Transaction } from './database.ts';
import { reviveDeadLetter } from './dead-letter.ts';
import { advanceLane, lockConversations } from './lane.ts';
import { findMirror, reviveMirror } from './mirror/revive-mirror.ts';
import { addOutboxRow } from './outbox.ts';

/** Something that should have a running workflow, and whose outbox row is gone. */
export type Expected =
  | { kind: 'message'; messageId: string; round: number }
  | { kind: 'lane'; laneId: string }
  | { kind: 'dead_letter'; deadLetterId: string }
  | { kind: 'bulk_replay'; bulkReplayId: string }
  | { kind: 'mirror' };

export type ReconcileStore = {
  /** Unresolved heads and lanes with undelivered events that have been so for `olderThanMs`. */
  findExpected(olderThanMs: number, limit: number): Promise<Expected[]>;
  /** Looks again under the lock and, where it is still so, writes a fresh outbox row. */
  revive(expected: Expected): Promise<boolean>;
  /** Moves lanes on that have waiting messages and no unresolved head; how many. */
  advanceStuckLanes(): Promise<number>;
};

export function createReconcileStore(database: Database): ReconcileStore {
  return {
    async findExpected(olderThanMs, limit) {
      const messages = await database.query<{ id: string; round: number }>(
        `select m.id, m.round from conversations c join messages m on m.id = c.head_message_id
          where m.resolved_at is null
            and m.became_head_at < now() - $1 * interval '1 millisecond'
            and not exists (select from outbox o where o.kind in ('send_message', 'wake_message')
                              and o.target = m.id::text)
          order by m.became_head_at limit $2`,
        [olderThanMs, limit],
      );
      const lanes = await database.query<{ lane_id: string }>(
        `select d.lane_id from webhook_deliveries d
          where d.state in ('pending', 'replay') and d.stored_at < now() - $1 * interval '1 millisecond'
            and not exists (select from outbox o where o.kind in ('events_ready', 'wake_lane')
                              and o.target = d.lane_id)
          group by d.lane_id order by min(d.stored_at) limit $2`,
        [olderThanMs, limit],
      );
      return [
        ...(await findOpenLetters(database, limit)),
        ...(await findOpenReplays(database)),
        ...(await findMirror(database, olderThanMs)),
        ...messages.map(({ id, round }) => ({ kind: 'message' as const, messageId: id, round })),
        ...lanes.map(({ lane_id }) => ({ kind: 'lane' as const, laneId: lane_id })),
      ];
    },
    revive: (expected) =>
      database.transaction((tx) => {
        switch (expected.kind) {
          case 'message':
            return reviveMessage(tx, expected);
          case 'lane':
            return reviveLane(tx, expected.laneId);
          case 'dead_letter':
            return reviveDeadLetter(tx, expected.deadLetterId);
          case 'bulk_replay':
            return reviveBulkReplay(tx, expected.bulkReplayId);
          case 'mirror':
            return reviveMirror(tx);
        }
      }),
    async advanceStuckLanes() {
      const stuck = await database.query<{ id: string }>(
        `select distinct c.id from messages m
           join conversations c on c.id = m.conversation_id
           left join messages h on h.id = c.head_message_id
          where m.direction = 'out' and m.resolved_at is null
            and (h.id is null or h.resolved_at is not null) limit 200`,
      );
      for (const { id } of stuck)
        await database.transaction(async (tx) => {
          await lockConversations(tx, [id]);
          await advanceLane(tx, id);
        });
      return stuck.length;
    },
  };
}

/** Each is asked about every ten minutes, so that thousands of them are no load. */
async function findOpenLetters(database: Database, limit: number): Promise<Expected[]> {
  const rows = await database.query<{ id: string }>(
    `update dead_letters set checked_at = now()
      where id in (select id from dead_letters
                    where state in ('open', 'replaying')
                      and coalesce(checked_at, opened_at) < now() - interval '10 minutes'
                    order by checked_at nulls first limit $1 for update skip locked)
      returning id`,
    [limit],
  );
  return rows.map(({ id }) => ({ kind: 'dead_letter', deadLetterId: id }));
}

async function findOpenReplays(database: Database): Promise<Expected[]> {
  const rows = await database.query<{ id: string }>(
    `select id from bulk_replays where state in ('running', 'paused')
        and created_at < now() - interval '1 minute'`,
  );
  return rows.map(({ id }) => ({ kind: 'bulk_replay', bulkReplayId: id }));
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
