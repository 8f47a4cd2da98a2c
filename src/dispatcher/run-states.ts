import { type Client, type WorkflowExecutionInfo, WorkflowNotFoundError } from '@temporalio/client';
import type { TroubledRun } from '../database/reconciling/troubles.ts';
import { ROUTER_QUEUE, searchAttributes } from '../workflows/contract.ts';

/** What the reconciler asks Temporal about runs, in the workflow ids that it gives. */
export type RunStates = {
  /** Those that are over, or were never there. A paused one is there: its operator wants it so. */
  findMissing(workflowIds: readonly string[]): Promise<string[]>;
  /**
   * All runs that are there and cannot go on. `known`: workflow ids that were stuck before, for
   * servers that cannot list such runs.
   */
  findTroubled(known: readonly string[]): Promise<{ stuck: TroubledRun[]; paused: TroubledRun[] }>;
};

/** So many are described one by one: less work than a list, and never out of date. */
const FEW = 5;
const AT_ONCE = 10;
/** A task that failed so often does not get better by itself; Temporal lists it from then on, too. */
const STUCK_ATTEMPTS = 5;
/** Of those that run so many of each page are looked at closer, where the server has no list. */
const SAMPLE = 20;
/** Beyond so many an alert says enough. */
const MOST_LISTED = 1_000;

const STUCK = `ExecutionStatus="Running" AND TemporalReportedProblems IS NOT NULL`;
const PAUSED = 'ExecutionStatus="Paused"';

/**
 * Asks by lists where that is cheaper: a list of 500 ids takes the dev server 0.2 ms for each of them,
 * describing them 3.4 ms. Lists lag behind by a second or so, so that what is missing in one is
 * described before anybody believes it. `within` puts a deadline to a call and throws when Temporal
 * does not answer.
 */
export function createRunStates(
  client: Client,
  within: <T>(call: () => Promise<T>, ms?: number) => Promise<T>,
): RunStates {
  let sample: string[] = [];

  async function describe(workflowId: string): Promise<Described | null> {
    try {
      const run = await within(() => client.workflow.getHandle(workflowId).describe());
      const isThere = run.status.name === 'RUNNING' || run.status.name === 'PAUSED';
      const attempt = run.raw.pendingWorkflowTask?.attempt ?? 0;
      return isThere ? { run, isStuck: attempt >= STUCK_ATTEMPTS } : null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  /** Null where the server does not know the words of the query. */
  async function list(query: string): Promise<WorkflowExecutionInfo[] | null> {
    try {
      return await within(async () => {
        const runs: WorkflowExecutionInfo[] = [];
        for await (const run of client.workflow.list({ query, pageSize: MOST_LISTED })) {
          runs.push(run);
          if (runs.length === MOST_LISTED) break;
        }
        return runs;
      }, LIST_DEADLINE_MS);
    } catch (error) {
      if (isRefused(error)) return null;
      throw error;
    }
  }

  async function listRunning(workflowIds: readonly string[]): Promise<Set<string>> {
    if (workflowIds.length <= FEW) return new Set();
    const ids = workflowIds.map((id) => `"${id}"`).join(',');
    const runs = await list(`ExecutionStatus="Running" AND WorkflowId IN (${ids})`);
    return new Set(runs?.map(({ workflowId }) => workflowId));
  }

  return {
    async findMissing(workflowIds) {
      const running = await listRunning(workflowIds);
      sample.push(...choose([...running], SAMPLE));
      const missing: string[] = [];
      const unseen = workflowIds.filter((id) => !running.has(id));
      for (let at = 0; at < unseen.length; at += AT_ONCE) {
        const some = unseen.slice(at, at + AT_ONCE);
        const found = await Promise.all(some.map(describe));
        found.forEach((each, index) => {
          const id = some[index] ?? '';
          if (each === null) missing.push(id);
          else if (each.isStuck) sample.push(id);
        });
      }
      return missing;
    },
    async findTroubled(known) {
      const close = [...new Set([...known, ...sample])];
      sample = [];
      const ours = ` AND TaskQueue="${ROUTER_QUEUE}"`;
      const paused = (await list(PAUSED + ours)) ?? [];
      const stuck = await list(STUCK + ours);
      return {
        stuck: stuck?.map(troubled) ?? (await describeStuck(close)),
        paused: paused.map(troubled),
      };
    },
  };

  async function describeStuck(workflowIds: readonly string[]): Promise<TroubledRun[]> {
    const stuck: TroubledRun[] = [];
    for (let at = 0; at < workflowIds.length; at += AT_ONCE) {
      const found = await Promise.all(workflowIds.slice(at, at + AT_ONCE).map(describe));
      for (const each of found) if (each?.isStuck) stuck.push(troubled(each.run));
    }
    return stuck;
  }
}

type Run = Pick<WorkflowExecutionInfo, 'workflowId' | 'typedSearchAttributes'>;
type Described = { run: Run; isStuck: boolean };

const LIST_DEADLINE_MS = 10_000;

function troubled(run: Run): TroubledRun {
  return {
    workflowId: run.workflowId,
    accountId: run.typedSearchAttributes.get(searchAttributes.account) ?? '',
  };
}

/** Any of them, so that each has its turn sooner or later. */
function choose(from: string[], count: number): string[] {
  const chosen: string[] = [];
  for (let left = Math.min(count, from.length); left > 0; left -= 1)
    chosen.push(...from.splice(Math.floor(Math.random() * from.length), 1));
  return chosen;
}

/** gRPC: invalid argument, unimplemented. Older servers lack the attribute, the state, or the query. */
function isRefused(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if ('code' in cause) return cause.code === 3 || cause.code === 12;
  return false;
}
