import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { inParallel } from '../faults/until.ts';
import type * as workflows from '../../src/workflows/index.ts';
import { firstTrouble, type KindOfRun, kindOf } from './kind.ts';
import { asText, fetchSavedHistory, type SavedHistory } from './saved-history.ts';

/** One kind of run, and what stands for it. */
export type Kind = KindOfRun & { type: string; text: string; count: number };

const TYPES = Object.keys({
  sendMessage: true,
  conversation: true,
  fetchMessage: true,
  deadLetter: true,
  replayDeadLetters: true,
  mirrorToCrm: true,
  checkAccounts: true,
  checkChannelAccounts: true,
} satisfies Record<keyof typeof workflows, true>);

/** The newest so many of each type are looked at. */
const MOST_RUNS = 3_000;
/** Of runs that have the same number of events, so many are read. */
const MOST_ALIKE = 20;
/** Longer ones are cut, some events behind their first trouble if that comes later. */
const MOST_EVENTS = 60;
const AFTER_TROUBLE = 12;

/** One history of each kind of run in the namespace: the shortest one. Rare ones come first. */
export async function collectKinds(client: Client): Promise<Kind[]> {
  const kinds = new Map<string, Kind>();
  for (const type of TYPES)
    await inParallel(await listRuns(client, type), 4, async ({ workflowId, runId }) => {
      const history = cut(await fetchSavedHistory(client.workflow.getHandle(workflowId, runId)));
      // Without a decision there is nothing to compare.
      if (!history.events.some(({ eventType }) => eventType.endsWith('WORKFLOW_TASK_COMPLETED')))
        return;
      const kind = kindOf(type, history);
      const text = asText(history);
      const known = kinds.get(kind.name);
      const shortest = known && known.text.length <= text.length ? known.text : text;
      kinds.set(kind.name, { ...kind, type, text: shortest, count: (known?.count ?? 0) + 1 });
    });
  return withoutBeginnings([...kinds.values()]).toSorted((a, b) => a.count - b.count);
}

/** The beginning of a run can be replayed as well as all of it. */
function cut(history: SavedHistory): SavedHistory {
  const most = Math.max(MOST_EVENTS, firstTrouble(history) + AFTER_TROUBLE);
  return { events: history.events.slice(0, most) };
}

async function listRuns(client: Client, type: string): Promise<WorkflowExecutionInfo[]> {
  const alike = new Map<string, WorkflowExecutionInfo[]>();
  let seen = 0;
  for await (const run of client.workflow.list({ query: `WorkflowType = '${type}'` })) {
    const key = `${run.status.name} ${run.historyLength}`;
    const others = alike.get(key) ?? [];
    if (others.length < MOST_ALIKE) others.push(run);
    alike.set(key, others);
    seen += 1;
    if (seen === MOST_RUNS) break;
  }
  return [...alike.values()].flat();
}

/** A run without an end stands for something only where none with one began like it. */
function withoutBeginnings(kinds: Kind[]): Kind[] {
  const ended = kinds.filter(({ isUnfinished }) => !isUnfinished);
  return kinds.filter(
    ({ isUnfinished, steps }) =>
      !isUnfinished || !ended.some((each) => each.steps.startsWith(steps)),
  );
}
