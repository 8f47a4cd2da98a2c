import type { Account } from '../driver.ts';
import { percentile99 } from '../latency.ts';
import { tailCrm, wasTaken } from '../ledger.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { until } from '../until.ts';

const ENDPOINTS = 20;
const TIMES_THE_TRAFFIC = 10;
const HANG_MS = 60_000;
/** Below this a difference is the machine's, not the router's. */
const NOISE_MS = 500;

export const oneDeadEndpoint: Scenario = {
  name: 'one-dead-endpoint',
  title: 'one endpoint of 20 never answers, at ten times the traffic of the others',
  env: { CRM_WEBHOOK_TIMEOUT: '2', CRM_RETRY_DELAYS: '0.5,1,2,4' },
  settleMs: 180_000,
  async run(stage) {
    const accounts: Account[] = [];
    for (let number = 1; number <= ENDPOINTS; number += 1)
      accounts.push(await stage.addAccount(number));
    const measure = createMeasure(stage, accounts);
    const rounds = stage.quick ? 5 : 20;
    await measure('warm', 2);
    const before = await measure('before', rounds);
    const match = { body: accounts[0]?.id };
    const fault = { match, times: null, mode: 'drop', delay_ms: HANG_MS };
    await stage.control('PUT', '/crm/faults', [fault]);
    const beside = await measure('beside', rounds);
    await stage.control('PUT', '/crm/faults', []);
    // Before and after: a machine that has become slower meanwhile is no fault of the router.
    const after = await measure('after', rounds);
    const healthy = Math.max(before, after);
    stage.note(
      `p99 of the others: ${before} and ${after} ms alone, ${beside} ms beside a dead one`,
    );
    if (beside > 1.5 * healthy && beside - healthy > NOISE_MS)
      stage.finding(`p99 beside the dead endpoint is ${beside} ms, ${healthy} ms without it`);
    return 1;
  },
};

/** Rounds of traffic, each begun when the healthy endpoints have their part of the last one. */
function createMeasure(stage: Stage, accounts: Account[]) {
  const tail = tailCrm(stage);
  const arrived = new Map<string, number>();

  async function round(name: string): Promise<number[]> {
    const heard = new Map<string, number>();
    await Promise.all(
      accounts.flatMap((account, at) =>
        Array.from({ length: at === 0 ? TIMES_THE_TRAFFIC : 1 }, async (_, copy) => {
          const text = `${name} ${at} ${copy}`;
          await stage.driver.hear(`customer-${at}-${copy}`, text, { account });
          if (at > 0) heard.set(text, Date.now());
        }),
      ),
    );
    await until(`the healthy endpoints have round ${name}`, 120_000, async () => {
      for (const call of (await tail()).filter(wasTaken)) {
        const { text } = (call.body as { data: { text?: string } }).data;
        if (text !== undefined) arrived.set(text, Date.parse(call.at));
      }
      return [...heard.keys()].every((text) => arrived.has(text));
    });
    return [...heard].map(([text, since]) => Math.max(0, (arrived.get(text) ?? since) - since));
  }

  /** The 99th percentile of the time from our 200 to the CRM, ms. */
  return async function measure(name: string, rounds: number): Promise<number> {
    const latencies: number[] = [];
    for (let at = 0; at < rounds; at += 1) latencies.push(...(await round(`${name} ${at}`)));
    return percentile99(latencies);
  };
}
