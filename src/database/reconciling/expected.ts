import type { Transaction } from '../database.ts';
import { findMirror } from '../mirror/revive-mirror.ts';
import type { TurnPage } from './turns.ts';

/** Something that should have a running workflow, and whose outbox row is gone. */
export type Expected =
  | { kind: 'message'; messageId: string; round: number }
  | { kind: 'lane'; laneId: string }
  | { kind: 'dead_letter'; deadLetterId: string }
  | { kind: 'bulk_replay'; bulkReplayId: string }
  | { kind: 'message_fetch'; fetchId: string }
  | { kind: 'mirror' };

/** What a page has: Temporal is asked whether it runs, or it is known already that it stands still. */
export type Found =
  | { expected: Expected; stands: false }
  | { expected: Expected | { kind: 'stuck_lane'; conversationId: string }; stands: true };

/** What is gone through in turn, each kind by itself: none waits for the end of another. */
export const EXPECTED_KINDS = [
  'message',
  'lane',
  'dead_letter',
  'bulk_replay',
  'message_fetch',
  'mirror',
] as const;
export type ExpectedKind = (typeof EXPECTED_KINDS)[number];

type Given = { after: string; olderThanMs: number; limit: number };
type Read = (tx: Transaction, given: Given) => Promise<TurnPage<Found>>;

/** The next page of a kind, behind `after`. */
export const readExpected: Record<ExpectedKind, Read> = {
  message: readHeads,
  lane: readLanes,
  dead_letter: readLetters,
  bulk_replay: readReplays,
  message_fetch: readFetches,
  async mirror(tx, { olderThanMs }) {
    const found = await findMirror(tx, olderThanMs);
    return pageOf(
      found.map((expected) => ({ at: '', found: { expected, stands: false } })),
      Infinity,
    );
  },
};

type Placed = { at: string; found: Found | null };

function pageOf(placed: Placed[], limit: number): TurnPage<Found> {
  return {
    rows: placed.flatMap(({ found }) => (found === null ? [] : [found])),
    position: placed.at(-1)?.at ?? '',
    isLast: placed.length < limit,
  };
}

/**
 * Conversations with messages that wait, by their ids. From one to the next by the index: a
 * conversation with a hundred thousand of them costs as much as one with a single one.
 */
async function readHeads(tx: Transaction, { after, olderThanMs, limit }: Given) {
  const rows = await tx.query<{
    at: string;
    id: string | null;
    round: number;
    state: 'stands' | 'waits' | 'new';
  }>(
    `with recursive lanes as (
       select (select conversation_id from messages
                where direction = 'out' and resolved_at is null and conversation_id > $1
                order by conversation_id limit 1) as id
       union all
       select (select m.conversation_id from messages m
                where m.direction = 'out' and m.resolved_at is null and m.conversation_id > l.id
                order by m.conversation_id limit 1)
         from lanes l where l.id is not null)
     select l.id as at, h.id, h.round,
            case when h.id is null or h.resolved_at is not null then 'stands'
                 when h.became_head_at < now() - $2 * interval '1 millisecond'
                      and not exists (select from outbox o
                                       where o.kind in ('send_message', 'wake_message')
                                         and o.target = h.id::text) then 'waits'
                 else 'new' end as state
       from (select id from lanes where id is not null limit $3) l
       join conversations c on c.id = l.id
       left join messages h on h.id = c.head_message_id
      order by l.id`,
    [after, olderThanMs, limit],
  );
  return pageOf(
    rows.map(({ at, id, round, state }): Placed => {
      if (state === 'stands')
        return {
          at,
          found: { expected: { kind: 'stuck_lane', conversationId: at }, stands: true },
        };
      if (state === 'new' || id === null) return { at, found: null };
      return { at, found: { expected: { kind: 'message', messageId: id, round }, stands: false } };
    }),
    limit,
  );
}

/** Lanes with events that the CRM does not have; from one to the next by the index, as above. */
async function readLanes(tx: Transaction, { after, olderThanMs, limit }: Given) {
  const next = (state: 'pending' | 'replay', behind: string) =>
    `(select d.lane_id from webhook_deliveries d
       where d.state = '${state}' and d.lane_id > ${behind} order by d.lane_id limit 1)`;
  const rows = await tx.query<{ at: string; waits: boolean }>(
    `with recursive lanes as (
       select least(${next('pending', '$1')}, ${next('replay', '$1')}) as id
       union all
       select least(${next('pending', 'l.id')}, ${next('replay', 'l.id')})
         from lanes l where l.id is not null)
     select l.id as at,
            exists (select from webhook_deliveries d
                     where d.lane_id = l.id and d.state in ('pending', 'replay')
                       and d.stored_at < now() - $2 * interval '1 millisecond')
            and not exists (select from outbox o where o.kind in ('events_ready', 'wake_lane')
                                                   and o.target = l.id) as waits
       from (select id from lanes where id is not null limit $3) l order by l.id`,
    [after, olderThanMs, limit],
  );
  return pageOf(
    rows.map(({ at, waits }) => ({
      at,
      found: waits ? { expected: { kind: 'lane', laneId: at }, stands: false } : null,
    })),
    limit,
  );
}

async function readLetters(tx: Transaction, { after, olderThanMs, limit }: Given) {
  const rows = await tx.query<{ at: string; stands: boolean }>(
    `select id as at, coalesce(state = 'open' and asked is not null and ask_again_at < now(), false) as stands
       from dead_letters l
      where state in ('open', 'replaying') and id > $1
        and opened_at < now() - $2 * interval '1 millisecond'
        and not exists (select from outbox o
                         where o.kind in ('dead_letter', 'replay_dead_letter', 'discard_dead_letter')
                           and o.target = l.id)
      order by id limit $3`,
    [after, olderThanMs, limit],
  );
  return pageOf(
    rows.map(({ at, stands }) => ({
      at,
      found: { expected: { kind: 'dead_letter', deadLetterId: at }, stands },
    })),
    limit,
  );
}

async function readReplays(tx: Transaction, { after, olderThanMs, limit }: Given) {
  const rows = await tx.query<{ at: string }>(
    `select id as at from bulk_replays
      where state in ('running', 'paused') and id > $1
        and created_at < now() - $2 * interval '1 millisecond'
        and not exists (select from outbox o
                         where o.kind = 'bulk_replay' and o.target = bulk_replays.id)
      order by id limit $3`,
    [after, olderThanMs, limit],
  );
  return pageOf(
    rows.map(({ at }) => ({
      at,
      found: { expected: { kind: 'bulk_replay', bulkReplayId: at }, stands: false },
    })),
    limit,
  );
}

async function readFetches(tx: Transaction, { after, olderThanMs, limit }: Given) {
  const rows = await tx.query<{ at: string }>(
    `select id::text as at from message_fetches
      where state = 'pending' and id > coalesce(nullif($1, '')::uuid, '${NIL}')
        and created_at < now() - $2 * interval '1 millisecond'
        and not exists (select from outbox o
                         where o.kind = 'fetch_message' and o.target = message_fetches.id::text)
      order by id limit $3`,
    [after, olderThanMs, limit],
  );
  return pageOf(
    rows.map(({ at }) => ({
      at,
      found: { expected: { kind: 'message_fetch', fetchId: at }, stands: false },
    })),
    limit,
  );
}

/** Before every other id. */
const NIL = '00000000-0000-0000-0000-000000000000';
