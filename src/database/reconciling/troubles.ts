import { type AlertCause, raiseAlert } from '../alert.ts';
import type { Database } from '../database.ts';

/** Why a run that is there does not go on: its tasks fail, or an operator has paused it. */
export type RunTrouble = Extract<AlertCause, 'workflow_stuck' | 'workflow_paused'>;

/** `accountId`: empty for a run that is of no account. */
export type TroubledRun = { workflowId: string; accountId: string };

/** An alert names so many; all others come to light when these are dealt with. */
const MOST_NAMED = 20;

/** See `ReconcileStore.noteTroubles`. */
export async function noteTroubles(
  database: Database,
  cause: RunTrouble,
  runs: readonly TroubledRun[],
): Promise<void> {
  const byAccount = Map.groupBy(runs, ({ accountId }) => accountId);
  for (const [accountId, own] of byAccount) {
    await raiseAlert(database, cause, accountId);
    const named = own.map(({ workflowId }) => workflowId).slice(0, MOST_NAMED);
    await database.query(
      `update alerts set workflow_ids = $3
        where cause = $1 and account_id = $2 and resolved_at is null`,
      [cause, accountId, JSON.stringify(named)],
    );
  }
  await database.query(
    `update alerts set resolved_at = now()
      where cause = $1 and resolved_at is null and account_id <> all($2::text[])`,
    [cause, [...byAccount.keys()]],
  );
}

/** See `ReconcileStore.listTroubled`. */
export async function listTroubled(database: Database, cause: RunTrouble): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `select jsonb_array_elements_text(workflow_ids) as id from alerts
      where cause = $1 and resolved_at is null`,
    [cause],
  );
  return rows.map(({ id }) => id);
}
