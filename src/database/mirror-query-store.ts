import type { MirrorErrorFields } from '../crm/mirror.ts';
import type { Direction } from '../domain/message.ts';
import type { Database } from './database.ts';
import { mirrorTime } from './mirror/mirror-time.ts';

export type MirrorOverview = {
  /** Messages that wait. */
  rows: number;
  /** How long the oldest of them has waited, ms. */
  oldestMs: number | null;
  /** Messages that the table could not take, and nobody has dealt with yet. */
  deadLetters: number;
  lastWrite: { at: Date; rows: number; durationMs: number } | null;
  lastError: (Omit<MirrorErrorFields, 'messageIds'> & { at: Date }) | null;
};

/** A message that has its place in the mirror. */
export type MirroredMessage = {
  messageId: string;
  direction: Direction;
  /** The UTC day of the message's own time. */
  day: string;
  state: 'waiting' | 'written' | 'dead';
  fingerprint: string | null;
};

export type MirrorQueryStore = {
  overview(): Promise<MirrorOverview>;
  /** By the message's own time, oldest first; at most `limit`. */
  listMessages(from: Date, to: Date, limit: number): Promise<MirroredMessage[]>;
};

type OverviewRow = {
  rows: number;
  oldest_ms: number | null;
  dead: number;
  last_write_at: Date | null;
  last_write_rows: number | null;
  last_write_ms: number | null;
  last_error_at: Date | null;
  last_error: Omit<MirrorErrorFields, 'messageIds'> | null;
};

export function createMirrorQueryStore(database: Database): MirrorQueryStore {
  return {
    async overview() {
      const [row] = await database.query<OverviewRow>(
        `select q.rows, q.oldest_ms, s.last_write_at, s.last_write_rows, s.last_write_ms,
                s.last_error_at, s.last_error,
                (select count(*)::int from dead_letters
                  where kind = 'mirror' and state in ('open', 'replaying')) as dead
           from (select count(*)::int as rows,
                        extract(epoch from now() - min(queued_at))::float8 * 1000 as oldest_ms
                   from mirror_queue where state in ('pending', 'writing')) q
           left join mirror_status s on s.id = 'crm'`,
      );
      return overviewOf(row);
    },
    listMessages: (from, to, limit) =>
      database.query<MirroredMessage>(
        `select m.id as "messageId", m.direction, q.fingerprint,
                to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day,
                case q.state when 'written' then 'written' when 'dead' then 'dead'
                             else 'waiting' end as state
           from mirror_queue q join messages m on m.id = q.message_id
          cross join lateral (select ${mirrorTime('m')} as at) as own
          where m.created_at >= $1 and at >= $1 and at < $2 order by at, q.id limit $3`,
        [from, to, limit],
      ),
  };
}

function overviewOf(row: OverviewRow | undefined): MirrorOverview {
  return {
    rows: row?.rows ?? 0,
    oldestMs: row?.oldest_ms ?? null,
    deadLetters: row?.dead ?? 0,
    lastWrite: row?.last_write_at
      ? {
          at: row.last_write_at,
          rows: row.last_write_rows ?? 0,
          durationMs: row.last_write_ms ?? 0,
        }
      : null,
    lastError:
      row?.last_error_at && row.last_error ? { ...row.last_error, at: row.last_error_at } : null,
  };
}
