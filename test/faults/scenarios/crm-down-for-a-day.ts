import { setTimeout as pause } from 'node:timers/promises';
import { type LedgerCall, tailCrm, wasTaken } from '../ledger.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel, until } from '../until.ts';

const RATE = 50;
const WORDS = 10;

export const crmDownForADay: Scenario = {
  name: 'crm-down-for-a-day',
  title: 'the CRM answers 503 while 2,000 events of 200 conversations come in, and is back later',
  // Three minutes stand for the day after which an event is given up; probes come in their turn.
  env: {
    CRM_RETRY_DELAYS: '0.2,0.5,1,2,5,10',
    CRM_RETRY_LIMIT: '180',
    CRM_PROBE_DELAYS: '2,4,8',
    CRM_RECOVERY_RATE: String(RATE),
  },
  settleMs: 300_000,
  async run(stage) {
    const conversations = stage.quick ? 20 : 200;
    await stage.control('PUT', '/switches', { crm_down: true });
    const customers = Array.from({ length: conversations }, (_, at) => `patient-${at}`);
    await inParallel(customers, 8, async (customer) => {
      for (let at = 0; at < WORDS; at += 1) await stage.driver.hear(customer, `${customer} ${at}`);
    });
    // Down long enough for the endpoint to count as down, and for a probe to fail.
    const tail = tailCrm(stage);
    const all: LedgerCall[] = [];
    await until('probes fail', 60_000, async () => all.push(...(await tail())) >= 12);
    await pause(stage.quick ? 2_000 : 90_000);
    await stage.control('PUT', '/switches', { crm_down: false });
    const back = Date.now();
    const total = conversations * WORDS;
    await until('all is delivered', 300_000, async () => {
      all.push(...(await tail()));
      return new Set(all.filter(wasTaken).map(idOf)).size >= total;
    });
    judgeBurst(stage, all);
    stage.note(`delivered ${total} events in ${Date.now() - back} ms`);
    return 1;
  },
};

function idOf({ headers }: LedgerCall): string | undefined {
  return headers['webhook-id'];
}

/** The rate counts conversations: each goes on by itself once it has been woken. */
function judgeBurst(stage: Stage, all: LedgerCall[]): void {
  const firsts = new Map<string, number>();
  for (const { status, body, at } of all) {
    const lane = String((body as { conversation_id: string }).conversation_id);
    if (status === 200 && !firsts.has(lane)) firsts.set(lane, Date.parse(at));
  }
  const times = [...firsts.values()].sort((a, b) => a - b);
  const inSecond = times.map(
    (from) => times.filter((at) => at >= from && at < from + 1_000).length,
  );
  const most = Math.max(0, ...inSecond);
  stage.note(`at most ${most} conversations began within a second`);
  // The dispatcher looks once a second, so two seconds' worth may come in one.
  if (most > 2 * RATE) stage.finding(`${most} conversations began within a second`);
}
