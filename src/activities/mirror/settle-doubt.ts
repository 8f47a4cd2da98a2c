import type { TableWriter } from '../../crm/mirror.ts';
import type { MirrorStore, TriedRow } from '../../database/mirror-store.ts';
import type { Logger } from '../../logger.ts';

type Deps = { mirror: MirrorStore; logger: Logger };

/**
 * Finds out what became of rows whose commit was not answered, or whose writer died. Of rows that
 * look the same as many are wanted as were written: what is missing of them is written again. False
 * when there is nothing in doubt.
 */
export async function settleDoubt({ mirror, logger }: Deps, writer: TableWriter): Promise<boolean> {
  const doubtful = await mirror.listDoubtful(writer.mostRows);
  if (doubtful.length === 0) return false;
  const rows: TriedRow[] = doubtful.map((message) => {
    const fitted = writer.fit(message);
    const { queueId, attempts, fingerprint } = message;
    // A name that was learnt in the meantime does not change how the row looked when it was tried.
    return { ...fitted, queueId, attempts, fingerprint: fingerprint ?? fitted.fingerprint };
  });
  const present = await writer.countPresent(rows);
  if (present === null) {
    logger.warn("messages may be twice in the CRM's table: it may not be read to see", {
      component: 'crm_mysql',
      count: rows.length,
      message_ids: rows.map(({ messageId }) => messageId),
    });
    await mirror.putBack(rows);
    return true;
  }
  const known = await mirror.countWritten(rows.map(({ fingerprint }) => fingerprint));
  const { there, missing } = compare(rows, present, known);
  if (there.length > 0) await mirror.finish(there);
  if (missing.length > 0) await mirror.putBack(missing);
  logger.info('a doubtful write is settled', {
    component: 'crm_mysql',
    count: there.length,
    message_ids: missing.map(({ messageId }) => messageId),
  });
  return true;
}

/** Rows of the table that no finished row accounts for are those in doubt, the first ones first. */
function compare(
  rows: TriedRow[],
  present: ReadonlyMap<string, number>,
  known: ReadonlyMap<string, number>,
): { there: TriedRow[]; missing: TriedRow[] } {
  const spare = new Map(
    [...present].map(([fingerprint, count]) => [
      fingerprint,
      count - (known.get(fingerprint) ?? 0),
    ]),
  );
  const there: TriedRow[] = [];
  const missing: TriedRow[] = [];
  for (const row of rows) {
    const left = spare.get(row.fingerprint) ?? 0;
    (left > 0 ? there : missing).push(row);
    spare.set(row.fingerprint, left - 1);
  }
  return { there, missing };
}
