import { describe, expect, it } from '@jest/globals';
import { createHealthChecks } from '../../src/api/health-checks.ts';
import type { CrmTable } from '../../src/crm/mirror.ts';
import type { MirrorOverview } from '../../src/database/mirror-query-store.ts';
import type { ChannelSilence } from '../../src/database/heartbeat-store.ts';

const IDLE: MirrorOverview = {
  ...{ rows: 0, oldestMs: null, deadLetters: 0, lastWrite: null, lastError: null },
};
const FIT: Partial<CrmTable> = {
  check: async () => ({ problems: [], lacking: [], canSelect: true }),
};

/** The names of what is DOWN, of a router that has two channels. */
async function down(ages: {
  worker: number | null;
  channels: ChannelSilence[];
  mirror?: MirrorOverview;
}) {
  const checks = createHealthChecks({
    temporal: { check: async () => undefined },
    stores: {
      heartbeats: {
        ageMs: async (prefix) => (prefix === 'worker:' ? ages.worker : 0),
        channelSilence: async () => ages.channels,
        checkWritable: async () => undefined,
      },
      mirrorQueries: { overview: async () => ages.mirror ?? IDLE },
    },
    channels: { names: () => ['instagram', 'telegram'] },
    crmTable: ages.mirror ? (FIT as CrmTable) : null,
  });
  const results = await Promise.allSettled(checks.map((each) => each.check()));
  const found = checks.filter((_, at) => results[at]?.status === 'rejected');
  return found.map(({ name, required }) => (required ? `${name}, required` : name));
}

describe('the health of workers', () => {
  it('is good while somebody serves everything that has accounts', async () => {
    expect(await down({ worker: 6_000, channels: [] })).toEqual([]);
    const instagram = { channel: 'instagram', silentMs: 6_000 };
    expect(await down({ worker: 6_000, channels: [instagram] })).toEqual([]);
  });

  it('is that of the worker that runs the workflows', async () => {
    const channels = [{ channel: 'telegram', silentMs: 1_000 }];
    expect(await down({ worker: null, channels })).toEqual(['worker']);
    expect(await down({ worker: 16_000, channels })).toEqual(['worker']);
  });

  it('names the channel that nobody serves, which keeps no request from being served', async () => {
    const channels = [
      { channel: 'instagram', silentMs: 1_000 },
      { channel: 'telegram', silentMs: 16_000 },
    ];
    expect(await down({ worker: 1_000, channels })).toEqual(['channel_telegram']);
  });
});

describe("the health of the CRM's table", () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 10, 21, 9, 30, seconds));
  const error = { code: 'ER_1', errno: 1, sqlState: null, table: 'messages', column: null };
  const lastError = { ...error, fault: 'unknown' as const, inDoubt: false, at: at(2) };
  const written = (seconds: number) => ({ at: at(seconds), rows: 1, durationMs: 1 });
  const judge = (mirror: Partial<MirrorOverview>) =>
    down({ worker: 1, channels: [], mirror: { ...IDLE, ...mirror } });

  it('is bad while messages wait and the last attempt to write failed', async () => {
    expect(await judge({ rows: 2, lastError })).toEqual(['crm_mysql']);
    expect(await judge({ rows: 2, lastError, lastWrite: written(1) })).toEqual(['crm_mysql']);
  });

  it('is good again with the next write, and where nothing waits', async () => {
    expect(await judge({ rows: 2, lastError, lastWrite: written(3) })).toEqual([]);
    expect(await judge({ rows: 0, lastError })).toEqual([]);
  });
});
