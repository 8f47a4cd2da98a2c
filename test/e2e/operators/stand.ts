import { execFile as execFileCallback } from 'node:child_process';
import { promisify } from 'node:util';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { until } from '../../sandbox/http.ts';
import { type CrmDatabase, ALL_COLUMNS, createCrmDatabase } from '../../support/mysql.ts';
import { type RouterUnderTest, startRouter } from '../../support/router.ts';
import { temporalCliPath } from '../../support/temporal.ts';

/** A router with its mirror, and an operator at the command line. */
export type OperatorStand = {
  router: RouterUnderTest;
  crm: CrmDatabase;
  /** `temporal <command>` for this run, with the flags that the command needs beside. */
  operate(command: string, workflowId: string): Promise<void>;
  /** `temporal` with these arguments. */
  temporal(...args: string[]): Promise<void>;
  /** A fault of this side that lasts until null takes it away; each has a name of its own. */
  trouble(side: 'instagram' | 'crm', name: string, fault: object | null): Promise<void>;
  /** The id of the run that is there now, paused or not; null when there is none. */
  findRun(workflowId: string): Promise<string | null>;
  untilThere(workflowId: string): Promise<void>;
  /** Whether nothing of it is under way: it waits for a timer or a signal. */
  isIdle(workflowId: string): Promise<boolean>;
  /** Where the command pauses: sees that what `isHeld` says holds for as long as others are revived, and unpauses. */
  endPause(command: string, workflowId: string, isHeld: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
};

/** One row of the table in docs/operations.md, as far as it is about one command. */
export type OperatorCase = {
  run: string;
  command: string;
  play(stand: OperatorStand): Promise<void>;
};

/** An answer of Instagram that is worth another attempt. */
export const TEMPORARY = {
  error: { code: 2, type: 'OAuthException', message: 'Try later.', is_transient: true },
};

const ENV = {
  // Time for an operator to act between two attempts.
  CRM_RETRY_DELAYS: '20,20,20,20',
  // The cases are about single events, and not about a CRM that is down.
  CRM_BREAKER_FAILURES: '1000',
};

const REASON = ['--reason', 'by a test'];
/** What a command needs beside the run. */
const FLAGS: Record<string, string[]> = {
  'workflow terminate': REASON,
  'workflow pause': REASON,
  'workflow unpause': REASON,
  'workflow delete': ['--yes'],
  'workflow reset': [...REASON, '--type', 'FirstWorkflowTask'],
  'activity update-options': ['--retry-maximum-attempts', '1', '--retry-initial-interval', '1s'],
};

/** Temporal's PendingActivityState: started, and started with a pause asked for. */
const UNDER_WAY = new Set([2, 5]);

const execFile = promisify(execFileCallback);

/** In a row, ten milliseconds apart. */
const LOOKS_WITHOUT_TASK = 50;

/** `retryDelays`: as OUTBOUND_RETRY_DELAYS; how long an operator has between two attempts to send. */
export async function openOperatorStand(given: { retryDelays: string }): Promise<OperatorStand> {
  const crm = await createCrmDatabase({ columns: ALL_COLUMNS });
  const env = { ...ENV, ...crm.env, OUTBOUND_RETRY_DELAYS: given.retryDelays };
  const router = await startRouter({ processes: 'together', env });
  const { address, namespace } = router.temporal;
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const cli = await temporalCliPath();
  const handle = (workflowId: string) => client.workflow.getHandle(workflowId);

  async function temporal(...args: string[]): Promise<void> {
    const where = ['--address', address, '--namespace', namespace, '--disable-config-file'];
    await execFile(cli, [...args, ...where], { timeout: 30_000 });
  }

  async function operate(command: string, workflowId: string): Promise<void> {
    const args = [...command.split(' '), '--workflow-id', workflowId, ...(FLAGS[command] ?? [])];
    if (command.startsWith('activity ')) {
      const { raw } = await handle(workflowId).describe();
      args.push('--activity-id', raw.pendingActivities?.[0]?.activityId ?? '');
    }
    if (command === 'workflow pause') await untilNoTask(workflowId);
    await temporal(...args);
    // An attempt that is under way goes on under a pause, and would find that the trouble is over.
    if (command.endsWith(' pause'))
      await until('no attempt is under way', () => hasNoAttempt(workflowId), 40_000);
  }

  /**
   * A pause that meets a workflow task which is just handed out leaves a run that cannot go on
   * (docs/operations.md): the cases are about what an operator does to a run that waits.
   */
  function untilNoTask(workflowId: string): Promise<void> {
    let looks = 0;
    return until(
      'no workflow task comes',
      async () => {
        const { pendingWorkflowTask } = (await handle(workflowId).describe()).raw;
        looks = pendingWorkflowTask ? 0 : looks + 1;
        return looks > LOOKS_WITHOUT_TASK;
      },
      40_000,
    );
  }

  async function hasNoAttempt(workflowId: string): Promise<boolean> {
    const { pendingActivities } = (await handle(workflowId).describe()).raw;
    return !pendingActivities?.some(({ state }) => UNDER_WAY.has(state ?? 0));
  }

  async function findRun(workflowId: string): Promise<string | null> {
    try {
      const { status, runId } = await handle(workflowId).describe();
      return status.name === 'RUNNING' || status.name === 'PAUSED' ? runId : null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  function untilAnnounced(workflowId: string): Promise<void> {
    const alert = `select 1 from alerts where cause = 'workflow_paused' and resolved_at is null
                      and workflow_ids ? '${workflowId}'`;
    return until('there is an alert', async () => (await router.sql(alert)).length > 0, 60_000);
  }

  /** In this time a run that is gone would have been started again. */
  async function untilPassesAreOver(): Promise<void> {
    for (let passes = 0; passes < 2; passes += 1) {
      const begun = await passOf(router);
      await until('a pass is over', async () => (await passOf(router)) !== begun, 60_000);
    }
  }

  return {
    router,
    crm,
    operate,
    temporal,
    trouble: createTroubles(router),
    findRun,
    untilThere: (workflowId) =>
      until(`${workflowId} runs`, async () => (await findRun(workflowId)) !== null, 60_000),
    async isIdle(workflowId) {
      const { pendingActivities, pendingWorkflowTask } = (await handle(workflowId).describe()).raw;
      return !pendingActivities?.length && !pendingWorkflowTask;
    },
    async endPause(command, workflowId, isHeld) {
      if (!command.endsWith(' pause')) return;
      if (command === 'workflow pause') await untilAnnounced(workflowId);
      await untilPassesAreOver();
      if (!(await isHeld())) throw new Error(`${workflowId} went on though it is paused`);
      await operate(command.replace(/pause$/, 'unpause'), workflowId);
    },
    async close() {
      await connection.close();
      await router.close();
      await crm.drop();
    },
  };
}

/** Faults by name: the sandbox's queue is replaced as a whole, and many cases use it at a time. */
function createTroubles(router: RouterUnderTest): OperatorStand['trouble'] {
  const faults = { instagram: new Map<string, object>(), crm: new Map<string, object>() };
  let last = Promise.resolve<unknown>(undefined);
  return async (side, name, fault) => {
    if (fault === null) faults[side].delete(name);
    else faults[side].set(name, { times: null, ...fault });
    last = last.then(() => router.control('PUT', `/${side}/faults`, [...faults[side].values()]));
    await last;
  };
}

async function passOf(router: RouterUnderTest): Promise<string> {
  const rows = await router.sql(
    `select string_agg(next_pass_at::text, ' ' order by kind) as at from reconcile_turns
      where kind in ('message', 'lane', 'dead_letter', 'mirror', 'message_fetch', 'bulk_replay')`,
  );
  return String(rows[0]?.['at']);
}
