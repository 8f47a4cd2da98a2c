import { checkWritable } from './check-writable.ts';
import type { Database } from './database.ts';

/** A silence longer than this is a gap: what the platform said meanwhile may come late. */
const GAP = '15 seconds';

export type HeartbeatStore = {
  /** Says that each of these is alive, and forgets names that have been silent for a day. */
  beat(...names: string[]): Promise<void>;
  /** Milliseconds since the last beat of any name that begins so; null when there is none. */
  ageMs(prefix: string): Promise<number | null>;
  /** Throws unless rows can be written: see {@link checkWritable}. */
  checkWritable(): Promise<void>;
  /** How long nobody has served the channels, one line for each that has an enabled account. */
  channelSilence(): Promise<ChannelSilence[]>;
};

/** `silentMs` counts from the last beat or, if that is later or there was none, the first account. */
export type ChannelSilence = { channel: string; silentMs: number };

/** All API processes share this name; each worker has names of its own, for what it serves. */
export const RECEIVERS = 'receivers';
/** Those who poll the router's own queues: workflows, database, webhooks to the CRM, mirror. */
export const WORKERS = 'worker:';
const CONNECTORS = 'connector:';

/** What the names of those who poll this channel's queue begin with. */
export function connectorPrefix(channel: string): string {
  return `${CONNECTORS}${channel}:`;
}

export function createHeartbeatStore(database: Database): HeartbeatStore {
  return {
    async beat(...names) {
      // The receivers' row is kept: without it a gap of days would not count as one.
      await database.query(
        `with forgotten as (
           delete from heartbeats
            where name in (select name from heartbeats
                            where at < now() - interval '1 day'
                              and name <> $2 and name <> all($1::text[])
                            for update skip locked))
         insert into heartbeats (name) select unnest($1::text[])
         on conflict (name) do update
           set gap_ended_at = case when heartbeats.at < now() - interval '${GAP}'
                                   then now() else heartbeats.gap_ended_at end,
               at = now()`,
        [names, RECEIVERS],
      );
    },
    checkWritable: () => checkWritable(database),
    async ageMs(prefix) {
      const [row] = await database.query<{ age: number | null }>(
        `select extract(epoch from now() - max(at))::float8 * 1000 as age
           from heartbeats where starts_with(name, $1)`,
        [prefix],
      );
      return row?.age ?? null;
    },
    async channelSilence() {
      const rows = await database.query<{ channel: string; silent_ms: number }>(
        `select a.channel, extract(epoch from now() - greatest(min(a.created_at),
                  (select max(h.at) from heartbeats h
                    where starts_with(h.name, $1 || a.channel || ':'))))::float8 * 1000 as silent_ms
           from accounts a where a.enabled and a.deleted_at is null
          group by a.channel order by a.channel`,
        [CONNECTORS],
      );
      return rows.map(({ channel, silent_ms }) => ({ channel, silentMs: silent_ms }));
    },
  };
}
