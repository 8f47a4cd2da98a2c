import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { MirrorError, type CrmTable } from '../crm/mirror.ts';
import type { MirrorStore } from '../database/mirror-store.ts';
import type { Logger } from '../logger.ts';
import { settleDoubt } from './mirror/settle-doubt.ts';
import { chooseRows, writeRows } from './mirror/write-rows.ts';
import { logFailure } from './mirror/mirror-log.ts';

export type MirrorBatchDeps = {
  mirror: MirrorStore;
  /** Null while the mirror is off. */
  crmTable: CrmTable | null;
  /** How long the drained mirror stays before it ends, ms. */
  lingerMs: number;
  logger: Logger;
};

/** What the workflow does next. A database that is away is a failure of the activity instead. */
export type MirrorBatchStep = { do: 'end'; lingerMs: number } | { do: 'more' };

/** So long the workflow does not see its signals. */
const LONGEST_RUN_MS = 8_000;
const HEARTBEAT_MS = 2_000;

/**
 * Writes what waits into the CRM's table, batch by batch. Every step may be its last: a batch is
 * marked before it is written, and what is marked and not finished is looked for in the table first.
 */
export function createMirrorBatch(deps: MirrorBatchDeps) {
  return async function mirrorBatch(): Promise<MirrorBatchStep> {
    const { crmTable, mirror, logger } = deps;
    // Rows that were queued before the mirror was turned off wait for it to be turned on.
    if (!crmTable) return { do: 'end', lingerMs: 0 };
    const beat = setInterval(() => heartbeat(), HEARTBEAT_MS);
    try {
      return await drain(crmTable);
    } catch (error) {
      if (!(error instanceof MirrorError)) throw error;
      logFailure(logger, crmTable, error.fields);
      await mirror.noteError(error.fields).catch(() => undefined);
      throw asFailure(error);
    } finally {
      clearInterval(beat);
    }
  };

  async function drain(crmTable: CrmTable): Promise<MirrorBatchStep> {
    const endsAt = performance.now() + LONGEST_RUN_MS;
    return crmTable.whileLocked(async (writer) => {
      requireUsable(crmTable, writer.report.problems);
      while (performance.now() < endsAt) {
        // A worker that was given up must not write beside its successor.
        cancellationSignal().throwIfAborted();
        if (await settleDoubt(deps, writer)) continue;
        const pending = await deps.mirror.listPending(writer.mostRows);
        if (pending.length === 0) return { do: 'end', lingerMs: deps.lingerMs };
        await writeRows(deps, writer, chooseRows(pending, writer));
      }
      return { do: 'more' };
    });
  }
}

/** What the Web UI shows of it: the class and the code, and no path of a file. */
function asFailure({ fields: { fault, code } }: MirrorError): ApplicationFailure {
  const failure = ApplicationFailure.create({ type: fault, message: `${fault}: ${code}` });
  failure.stack = '';
  return failure;
}

/** Without its columns no row can be written: an insert would only say so less clearly. */
function requireUsable(crmTable: CrmTable, problems: string[]): void {
  if (problems.length === 0) return;
  throw new MirrorError({
    ...{ fault: 'schema', code: 'TABLE_UNFIT', errno: null, sqlState: null },
    ...{ table: crmTable.place.table, column: null, inDoubt: false },
    problems,
  });
}
