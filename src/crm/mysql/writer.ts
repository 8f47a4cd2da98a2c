import {
  MirrorError,
  type FittedRow,
  type MirrorErrorFields,
  type TableWriter,
} from '../mirror.ts';
import { asMirrorError, isCommitInDoubt, SILENT_CHANGES } from './errors.ts';
import { fingerprintOf, fitRow } from './fit.ts';
import type { Session } from './pool.ts';
import { OPTIONAL, REQUIRED, type ColumnName, type TableSchema } from './schema.ts';

const MOST_ROWS = 200;
const MOST_BYTES = 1_048_576;

/** The table by its name, quoted, and what it is made of. */
export type Table = { name: string; quoted: string; schema: TableSchema };

/** Writes rows over one connection, which holds the lock that makes it the only writer. */
export function createWriter(session: Session, table: Table): TableWriter {
  const { report, columns, transactional, maxPacket } = table.schema;
  return {
    report,
    mostRows: transactional ? MOST_ROWS : 1,
    mostBytes: Math.min(MOST_BYTES, maxPacket / 2),
    fit: (message) => fitRow(message, columns),
    insert: (rows) => insert(session, table, rows),
    countPresent: (rows) => countPresent(session, table, rows),
  };
}

/** All rows or none: what fails before the commit is undone, what fails at it may be there. */
async function insert(session: Session, table: Table, rows: FittedRow[]): Promise<void> {
  const { columns, transactional } = table.schema;
  const row = `(${columns.map(() => '?').join(', ')})`;
  const sql =
    `INSERT INTO ${table.quoted} (${columns.map(({ name }) => quote(name)).join(', ')}) ` +
    `VALUES ${rows.map(() => row).join(', ')}`;
  await session.run('START TRANSACTION');
  try {
    const warnings = await session.run(
      sql,
      rows.flatMap(({ values }) => values),
    );
    if (warnings > 0 && transactional) await refuseSilentChanges(session, table);
  } catch (error) {
    const { fields } = asFailure(error);
    // Without a transaction, what was not answered may have been done.
    if (fields.errno === null) throw changed(fields, { inDoubt: !transactional });
    await session.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
  await session.run('COMMIT').catch((error: unknown) => {
    const { fields } = asFailure(error);
    throw changed(fields, { inDoubt: isCommitInDoubt(fields) });
  });
}

/** A server whose SQL mode is not strict changes what does not fit and says so in a warning only. */
async function refuseSilentChanges(session: Session, table: Table): Promise<void> {
  const warnings = await session.rows<{ Code: number | string; Message: string }>('SHOW WARNINGS');
  const found = warnings.find(({ Code }) => SILENT_CHANGES.has(Number(Code)));
  if (!found) return;
  const error = { code: 'WARNING', errno: Number(found.Code), message: found.Message };
  const where = { table: table.name, columns: [...REQUIRED, ...OPTIONAL] };
  throw changed(asMirrorError(error, where).fields, { fault: 'refused' });
}

function asFailure(error: unknown): MirrorError {
  if (error instanceof MirrorError) return error;
  throw error;
}

function changed(fields: MirrorErrorFields, change: Partial<MirrorErrorFields>): MirrorError {
  return new MirrorError({ ...fields, ...change });
}

async function countPresent(
  session: Session,
  table: Table,
  rows: FittedRow[],
): Promise<Map<string, number> | null> {
  const { report, columns } = table.schema;
  if (!report.canSelect) return null;
  const distinct = (name: ColumnName) => {
    const at = columns.findIndex((column) => column.name === name);
    return [...new Set(rows.map(({ values }) => values[at] ?? ''))];
  };
  const [times, users] = [distinct('created_at'), distinct('user_id')];
  const marks = (values: string[]) => values.map(() => '?').join(', ');
  const found = await session.rows<Row>(
    `${selectFrom(table)} WHERE ${table.quoted}.created_at IN (${marks(times)}) ` +
      `AND user_id IN (${marks(users)})`,
    [...times, ...users],
  );
  const counts = new Map<string, number>();
  for (const fingerprint of found.flatMap(fingerprintsOf))
    counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + 1);
  return counts;
}

/** By its id, and by all else: it may have been written before the table had a message_id. */
export function fingerprintsOf(row: Row): string[] {
  const texts = asTexts(row);
  return [...new Set([fingerprintOf(texts), fingerprintOf({ ...texts, message_id: null })])];
}

/** Values as they are read back: texts, or numbers where the column is one. */
export type Row = Partial<Record<ColumnName, string | number | null>>;

/** What a row is told from others by, times in the digits of their column. */
export function selectFrom({ quoted, schema }: Table): string {
  const hasId = schema.columns.some(({ name }) => name === 'message_id');
  const plain = REQUIRED.filter((name) => name !== 'created_at').map(quote);
  const columns = [...plain, ...(hasId ? [quote('message_id')] : [])].join(', ');
  return `SELECT ${columns}, CAST(created_at AS CHAR) AS created_at FROM ${quoted}`;
}

/** The same with every value as text. */
export function asTexts(row: Row): Partial<Record<ColumnName, string | null>> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]),
  );
}

export function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
