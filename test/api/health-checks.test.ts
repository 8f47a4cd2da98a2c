import { describe, expect, it } from '@jest/globals';
import { createHealthChecks } from '../../src/api/health-checks.ts';
import type { ChannelSilence } from '../../src/database/heartbeat-store.ts';

/** The names of what is DOWN, of a router that has two channels. */
async function down(ages: { worker: number | null; channels: ChannelSilence[] }) {
  const checks = createHealthChecks({
    database: { query: async () => [] },
    temporal: { check: async () => undefined },
    stores: {
      heartbeats: {
        ageMs: async (prefix) => (prefix === 'worker:' ? ages.worker : 0),
        channelSilence: async () => ages.channels,
      },
    },
    channels: { names: () => ['instagram', 'telegram'] },
    crmTable: null,
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
