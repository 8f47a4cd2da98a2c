import type { Database } from './database.ts';

/** A silence longer than this is a gap: what the platform said meanwhile may come late. */
const GAP = '15 seconds';

export type HeartbeatStore = {
  beat(name: string): Promise<void>;
  /** Milliseconds since the last beat of any name that begins so; null when there is none. */
  ageMs(prefix: string): Promise<number | null>;
};

/** All API processes share the name `receivers`; each worker has a name of its own. */
export const RECEIVERS = 'receivers';

export function createHeartbeatStore(database: Database): HeartbeatStore {
  return {
    async beat(name) {
      await database.query(
        `insert into heartbeats (name) values ($1)
         on conflict (name) do update
           set gap_ended_at = case when heartbeats.at < now() - interval '${GAP}'
                                   then now() else heartbeats.gap_ended_at end,
               at = now()`,
        [name],
      );
    },
    async ageMs(prefix) {
      const [row] = await database.query<{ age: number | null }>(
        `select extract(epoch from now() - max(at))::float8 * 1000 as age
           from heartbeats where name like $1 || '%'`,
        [prefix],
      );
      return row?.age ?? null;
    },
  };
}
