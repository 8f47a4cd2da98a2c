import type { CrmTable } from '../crm/mirror.ts';
import { type ChannelSilence, WORKERS } from '../database/heartbeat-store.ts';
import type { Parts } from '../parts.ts';
import type { HealthCheck } from './routes/health.ts';

export type HealthCheckDeps = {
  temporal: Pick<Parts['temporal'], 'check'>;
  stores: {
    heartbeats: Pick<Parts['stores']['heartbeats'], 'ageMs' | 'channelSilence' | 'checkWritable'>;
    mirrorQueries: Pick<Parts['stores']['mirrorQueries'], 'overview'>;
  };
  channels: Pick<Parts['channels'], 'names'>;
  crmTable: CrmTable | null;
};

const WORKER_SILENT_MS = 15_000;

/** What `/health` looks at; the API can do without all but PostgreSQL. */
export function createHealthChecks(deps: HealthCheckDeps): HealthCheck[] {
  const { temporal, stores, channels, crmTable } = deps;
  const findSilence = sharedWhileAsked(() => stores.heartbeats.channelSilence());
  return [
    {
      name: 'postgresql',
      required: true,
      check: () => stores.heartbeats.checkWritable(),
    },
    { name: 'temporal', required: false, check: () => temporal.check() },
    {
      name: 'worker',
      required: false,
      async check() {
        const age = await stores.heartbeats.ageMs(WORKERS);
        if (age === null || age > WORKER_SILENT_MS) throw new Error('no worker is polling');
      },
    },
    ...channels.names().map((name) => channelCheck(name, findSilence)),
    ...(crmTable === null
      ? []
      : [{ name: 'crm_mysql', required: false, check: () => requireWritten(crmTable, stores) }]),
  ];
}

/** A channel without an enabled account needs no worker. */
function channelCheck(name: string, findSilence: () => Promise<ChannelSilence[]>): HealthCheck {
  return {
    name: `channel_${name}`,
    required: false,
    async check() {
      const found = (await findSilence()).find(({ channel }) => channel === name);
      if (found && found.silentMs > WORKER_SILENT_MS)
        throw new Error('no worker polls for this channel');
    },
  };
}

/** The checks of all channels begin together, and one question answers all of them. */
function sharedWhileAsked<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask().finally(() => (asked = undefined)));
}

/** A table may look as it must and take nothing all the same: then the last attempt says so. */
async function requireWritten(
  crmTable: CrmTable,
  { mirrorQueries }: HealthCheckDeps['stores'],
): Promise<void> {
  const { problems } = await crmTable.check();
  if (problems.length > 0) throw new Error("the CRM's table cannot be written to");
  const { rows, lastWrite, lastError } = await mirrorQueries.overview();
  if (rows > 0 && lastError && lastError.at > (lastWrite?.at ?? new Date(0)))
    throw new Error("the CRM's table takes nothing");
}
