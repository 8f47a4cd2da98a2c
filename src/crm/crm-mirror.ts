import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';
import { MirrorError, type CrmTable, type TableReport } from './mirror.ts';
import { createMysqlTable } from './mysql/mysql-table.ts';
import { mirrorSetting } from './mysql/settings.ts';

/**
 * The CRM's own table as the configuration names it, or null with the variables that are missing.
 * Looks at it in the background and says what it finds: nothing waits for the CRM's database.
 */
export function createCrmMirror(
  config: Config,
  logger: Logger,
): { crmTable: CrmTable | null; missing: string[] } {
  const setting = mirrorSetting(config);
  if (setting.state === 'off') return { crmTable: null, missing: [] };
  if (setting.state === 'incomplete') {
    logger.warn(`the CRM mirror is off: ${setting.missing.join(', ')} must be set for it`, {
      component: 'crm_mysql',
    });
    return { crmTable: null, missing: setting.missing };
  }
  const crmTable = createMysqlTable(setting);
  void reportTable(crmTable, logger);
  return { crmTable, missing: [] };
}

async function reportTable(crmTable: CrmTable, logger: Logger): Promise<void> {
  const fields = { ...crmTable.place, component: 'crm_mysql' };
  try {
    const report = await crmTable.check();
    if (report.problems.length > 0)
      logger.error("the CRM's table cannot be written to; messages wait", {
        ...fields,
        status: 'DOWN',
        reason: report.problems.join('; '),
      });
    else logger.info("the CRM's table is there", { ...fields, status: 'UP' });
    reportGaps(report, crmTable.place.table, logger);
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    const { fault, code, errno, sqlState } = error.fields;
    logger.error("the CRM's database cannot be used; messages wait", {
      ...fields,
      status: 'DOWN',
      outcome: fault,
      error_code: code,
      errno: errno ?? undefined,
      sql_state: sqlState ?? undefined,
    });
  }
}

function reportGaps(report: TableReport, table: string, logger: Logger): void {
  if (!report.canSelect)
    logger.warn('SELECT is not granted on the CRM’s table: a doubtful write is repeated', {
      component: 'crm_mysql',
      table,
    });
  if (report.lacking.length > 0)
    logger.warn(`the CRM's table has no fitting columns ${report.lacking.join(', ')}`, {
      component: 'crm_mysql',
      table,
      columns: report.lacking.join(', '),
    });
}
