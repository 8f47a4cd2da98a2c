import type { Account } from '../driver.ts';
import { journalHostile, openHostileCrm } from '../hostile-crm.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel, until } from '../until.ts';

const AT_ONCE = 10;
/** Kept as a whole, the answers that come at once would be a gigabyte. */
const EACH_MB = 10;

/** Of each answer only the beginning is read; nobody may wait for the rest or keep it. */
export const crmAnswersHuge: Scenario = {
  name: 'crm-answers-huge',
  title: 'a CRM that answers with bodies of 100 MB; what the router takes of memory',
  env: { CRM_WEBHOOK_TIMEOUT: '10' },
  settleMs: 1,
  async run(stage) {
    const count = stage.quick ? 20 : 200;
    const hostile = await openHostileCrm();
    try {
      const ordinary = await stage.addAccount(1);
      const huge = await stage.addAccount(2, { crm_webhook_url: hostile.urlOf('huge') });
      // Conversations take memory whatever they are answered: what counts is what comes on top.
      const rounds: number[] = [];
      for (const name of ['first', 'second'])
        rounds.push(
          await mostMb(stage, async () => {
            const before = await taken(stage, ordinary);
            await hearAll(stage, ordinary, { name, count });
            await until('all are posted', 180_000, async () => {
              return (await taken(stage, ordinary)) >= before + count;
            });
          }),
        );
      const most = await mostMb(stage, async () => {
        await hearAll(stage, huge, { name: 'third', count });
        await until('all are posted', 180_000, () => hostile.requests.length >= count);
      });
      judge(stage, [...rounds, most], count);
      return count;
    } finally {
      await journalHostile(stage.folder, hostile);
      await hostile.close();
    }
  },
};

async function hearAll(
  { driver }: Stage,
  account: Account,
  { name, count }: { name: string; count: number },
): Promise<void> {
  await inParallel(Array.from({ length: count }).keys(), AT_ONCE, (at) =>
    driver.hear(`${name}-${at}`, `${name} ${at}`, { account }),
  );
}

async function taken(stage: Stage, { number }: Account): Promise<number> {
  const path = `/crm/received?method=POST&path=/crm/webhooks/${number}`;
  return (await stage.control<{ data: unknown[] }>('GET', path)).data.length;
}

/** The most that the worker had in memory meanwhile. */
async function mostMb({ worker }: Stage, meanwhile: () => Promise<void>): Promise<number> {
  let most = worker.residentMb();
  const timer = setInterval(() => (most = Math.max(most, worker.residentMb())), 50);
  try {
    await meanwhile();
  } finally {
    clearInterval(timer);
  }
  return most;
}

function judge(stage: Stage, peaks: number[], count: number): void {
  const [first = 0, second = 0, third = 0] = peaks.map(Math.round);
  const figures = `${first} and ${second} MB with ordinary answers, ${third} MB with huge ones`;
  stage.note(`the worker's memory after ${count} events each: ${figures}`);
  if (first === 0) stage.note('no memory could be read: there is no /proc');
  const onTop = third - second - Math.max(0, second - first);
  if (onTop > AT_ONCE * EACH_MB) stage.finding(`${onTop} MB are taken by huge answers: ${figures}`);
}
