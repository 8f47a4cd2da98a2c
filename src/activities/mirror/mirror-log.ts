import type { CrmTable, MirrorErrorFields } from '../../crm/mirror.ts';
import type { TriedRow } from '../../database/mirror-store.ts';
import type { Logger } from '../../logger.ts';

const SLOW_MS = 5_000;

/** What a database's failure may tell: codes and names, and where it happened. */
export function logFailure(logger: Logger, crmTable: CrmTable, error: MirrorErrorFields): void {
  const { problems, messageIds } = error;
  logger.error("the CRM's database did not take messages; they wait and are tried again", {
    ...crmTable.place,
    component: 'crm_mysql',
    outcome: error.fault,
    error_code: error.code,
    errno: error.errno ?? undefined,
    sql_state: error.sqlState ?? undefined,
    column: error.column ?? undefined,
    reason: problems?.join('; '),
    count: messageIds?.length,
    message_ids: messageIds,
  });
  logLacking(logger, crmTable);
}

/** What a CRM's developer still has to do, so that the mirror can tell all it knows. */
export function logLacking(logger: Logger, crmTable: CrmTable): void {
  const { lacking = [] } = crmTable.lastReport() ?? {};
  if (lacking.length === 0) return;
  const { table } = crmTable.place;
  logger.warn(`the CRM's table has no fitting columns ${lacking.join(', ')}`, {
    component: 'crm_mysql',
    table,
    columns: lacking.join(', '),
  });
}

/** That a batch is in the table, how long it took, and what had to be shortened for it. */
export function logWritten(
  logger: Logger,
  rows: TriedRow[],
  { durationMs, writeMs }: { durationMs: number; writeMs: number },
): void {
  logger.info("messages are in the CRM's database", {
    component: 'crm_mysql',
    count: rows.length,
    message_ids: rows.map(({ messageId }) => messageId),
    duration_ms: Math.round(durationMs),
  });
  if (writeMs > SLOW_MS)
    logger.warn("performance: the CRM's database took over 5 s to write", {
      component: 'crm_mysql',
      count: rows.length,
      duration_ms: Math.round(writeMs),
    });
  for (const { messageId, changed } of rows)
    if (changed.length > 0)
      logger.warn("a message was cut to fit the columns of the CRM's table", {
        component: 'crm_mysql',
        message_id: messageId,
        columns: changed.join(', '),
      });
}
