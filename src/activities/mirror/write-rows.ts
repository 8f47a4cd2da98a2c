import { MirrorError, type MirrorErrorFields, type TableWriter } from '../../crm/mirror.ts';
import type { MirrorStore, RefusedFor, TriedRow } from '../../database/mirror-store.ts';
import type { QueuedMessage } from '../../database/mirror/mirror-rows.ts';
import type { Logger } from '../../logger.ts';
import { logWritten } from './mirror-log.ts';

type Deps = { mirror: MirrorStore; logger: Logger };

/** After so many tries an error that nobody knows may be the row's own. */
const POISON_TRIES = 5;

/** The first messages in the shape of the table, as many as one transaction may have. */
export function chooseRows(pending: QueuedMessage[], writer: TableWriter): TriedRow[] {
  const rows: TriedRow[] = [];
  let bytes = 0;
  for (const message of pending) {
    const { queueId, attempts } = message;
    const row = { ...writer.fit(message), queueId, attempts };
    bytes += row.values.reduce((sum, value) => sum + Buffer.byteLength(value), 0);
    if (rows.length > 0 && bytes > writer.mostBytes) break;
    rows.push(row);
  }
  return rows;
}

/**
 * Writes the rows in their order. What the table can never take becomes a dead letter, and the rest
 * passes; throws {@link MirrorError} when it is not about the rows.
 */
export async function writeRows(deps: Deps, writer: TableWriter, rows: TriedRow[]): Promise<void> {
  for (const { impossible, ...row } of rows)
    if (impossible !== null)
      await refuse(deps, row, { code: 'TOO_LONG', sqlState: null, column: impossible });
  const possible = rows.filter(({ impossible }) => impossible === null);
  if (possible.length > 0) await writeBatch(deps, writer, possible);
}

async function writeBatch(deps: Deps, writer: TableWriter, rows: TriedRow[]): Promise<void> {
  const failure = await tryBatch(deps, writer, rows);
  if (failure === null) return;
  const [first] = rows;
  if (failure.fault === 'refused') {
    if (rows.length === 1 && first) return refuse(deps, first, failure);
    const half = Math.ceil(rows.length / 2);
    await writeBatch(deps, writer, rows.slice(0, half));
    return writeBatch(deps, writer, rows.slice(half));
  }
  const isPoisoned = failure.fault === 'unknown' && (first?.attempts ?? 0) >= POISON_TRIES;
  if (isPoisoned && rows.length > 1 && (await setAside(deps, writer, rows))) return;
  throw new MirrorError({ ...failure, messageIds: rows.map(({ messageId }) => messageId) });
}

/**
 * An unknown error is a row's own if it has it alone and any other row passes. Those that have it, be
 * they all but one, are set aside; false, and nothing is, while none passes. One in doubt, or an error
 * that is known and not about a row, ends it.
 */
async function setAside(deps: Deps, writer: TableWriter, rows: TriedRow[]): Promise<boolean> {
  const alone: TriedRow[] = [];
  let passed = 0;
  for (const half of halvesOf(rows)) await search(half);
  if (passed === 0) return false;
  for (const row of alone) {
    // Once more, now that others pass: the trouble may have been the server's, and be over.
    const failure = await tryBatch(deps, writer, [row]);
    if (failure) await refuse(deps, row, orThrow(failure));
  }
  return true;

  async function search(some: TriedRow[]): Promise<void> {
    // So many in a row that fail alone, and none that passes: that is the server.
    if (passed === 0 && alone.length >= MOST_ALONE) return;
    const failure = await tryBatch(deps, writer, some);
    if (failure === null) passed += some.length;
    else {
      orThrow(failure);
      if (some.length === 1) alone.push(...some);
      else for (const half of halvesOf(some)) await search(half);
    }
  }
}

const MOST_ALONE = 50;

function halvesOf(rows: TriedRow[]): TriedRow[][] {
  const middle = Math.ceil(rows.length / 2);
  return [rows.slice(0, middle), rows.slice(middle)].filter((half) => half.length > 0);
}

function orThrow(failure: MirrorErrorFields): MirrorErrorFields {
  const isOfRow = failure.fault === 'unknown' || failure.fault === 'refused';
  if (!isOfRow || failure.inDoubt) throw new MirrorError(failure);
  return failure;
}

/** One transaction of the CRM's database; null when it is done. */
async function tryBatch(
  { mirror, logger }: Deps,
  writer: TableWriter,
  rows: TriedRow[],
): Promise<MirrorErrorFields | null> {
  const started = performance.now();
  await mirror.begin(rows);
  const begun = performance.now();
  try {
    await writer.insert(rows);
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    // One that may be there stays marked, and is looked for before anything else is written.
    if (!error.fields.inDoubt) await mirror.putBack(rows);
    return error.fields;
  }
  const writeMs = performance.now() - begun;
  await mirror.finish(rows);
  const durationMs = performance.now() - started;
  await mirror.noteWrite({ rows: rows.length, durationMs });
  logWritten(logger, rows, { durationMs, writeMs });
  return null;
}

async function refuse(
  { mirror, logger }: Deps,
  row: Pick<TriedRow, 'queueId' | 'messageId'>,
  why: RefusedFor & { errno?: number | null },
): Promise<void> {
  await mirror.refuse(row, why);
  logger.error("the CRM's table cannot take a message; it is a dead letter now", {
    component: 'crm_mysql',
    message_id: row.messageId,
    error_code: why.code,
    errno: why.errno ?? undefined,
    sql_state: why.sqlState ?? undefined,
    column: why.column ?? undefined,
  });
}
