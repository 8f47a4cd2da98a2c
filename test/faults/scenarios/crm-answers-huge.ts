import { journalHostile, openHostileCrm } from '../hostile-crm.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel, until } from '../until.ts';

/** The buffers of a connection and what collects between two looks at the garbage. */
const EACH_MB = 5;
const AT_ONCE = 10;

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
      const account = await stage.addAccount(1, { crm_webhook_url: hostile.urlOf('huge') });
      const hear = async (name: string, words: number) => {
        const before = hostile.requests.length;
        await inParallel(Array.from({ length: words }).keys(), AT_ONCE, (at) =>
          stage.driver.hear(`${name}-${at}`, `${name} ${at}`, { account }),
        );
        await until(`${name}: all are posted`, 120_000, () => {
          return hostile.requests.length >= before + words;
        });
      };
      // Code is compiled and pools are filled by the first ones.
      await hear('warm', 2 * AT_ONCE);
      const peaks = watch(stage);
      await hear('huge', count);
      judge(stage, peaks(), count);
      return count;
    } finally {
      await journalHostile(stage.folder, hostile);
      await hostile.close();
    }
  },
};

type Peaks = { before: number; most: number };

/** Looks at the memory of the worker until it is asked for the result. */
function watch({ worker }: Stage): () => Peaks {
  const before = worker.residentMb();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, worker.residentMb())), 50);
  return () => {
    clearInterval(timer);
    return { before, most };
  };
}

function judge(stage: Stage, { before, most }: Peaks, count: number): void {
  const grown = Math.round(most - before);
  stage.note(
    `${count} answers of 100 MB: the worker grew by ${grown} MB from ${Math.round(before)}`,
  );
  if (before === 0) stage.note('no memory could be read: there is no /proc');
  if (grown > AT_ONCE * EACH_MB * 2)
    stage.finding(`${AT_ONCE} answers of 100 MB at a time: the worker grew by ${grown} MB`);
}
