import { MirrorError, type MirrorErrorFields, type MirrorFault } from '../mirror.ts';

/** What mysql2 and Node put on an error. */
type DriverError = { code?: unknown; errno?: unknown; sqlState?: unknown; message?: unknown };

const sets: Partial<Record<MirrorFault, readonly number[]>> = {
  // Too many connections or prepared statements, shutting down, out of resources, killed, host blocked, quota, network.
  unavailable: [
    1040, 1041, 1042, 1043, 1053, 1077, 1080, 1129, 1130, 1152, 1158, 1159, 1160, 1161, 1184, 1203,
    1226, 1317, 1461, 1927, 1969, 3024, 3168, 4031,
  ],
  busy: [1099, 1205, 1206, 1213, 1637, 1689, 3572, 3058],
  read_only: [1290, 1792, 1836, 3101],
  denied: [1044, 1045, 1142, 1143, 1227, 1251, 1370, 1698, 1820, 3118],
  // Database, table or column missing, no default, a table that is full, damaged or has moved on.
  schema: [
    1049, 1051, 1054, 1103, 1109, 1110, 1114, 1136, 1146, 1194, 1195, 1356, 1364, 1412, 1471, 1932,
  ],
  // Values that the table does not take: too long, wrong, a key, a foreign key, a check, a partition.
  refused: [
    1022, 1048, 1062, 1153, 1264, 1265, 1292, 1300, 1366, 1369, 1406, 1411, 1416, 1451, 1452, 1526,
    1586, 1644, 1690, 1748, 1761, 1762, 3140, 3819, 3854, 3988, 4025, 4078,
  ],
};

/** Classes of SQL states that speak of a value: data exception, constraint, raised by a trigger. */
const REFUSED_STATES = /^(22|23|44|45)/;

/** Warnings that stand for a value that was changed on its way in, where the SQL mode is not strict. */
export const SILENT_CHANGES = new Set([1048, 1263, 1264, 1265, 1292, 1300, 1366, 1406, 1411]);

/** After these the server has rolled back a commit; after any other failed one nobody knows. */
const ROLLED_BACK = new Set([1180, 1213, 3101]);

/** The class of an error by the server's number and SQL state; without a number it never answered. */
export function classify(errno: number | null, sqlState: string | null): MirrorFault {
  // Node's own errors have negative numbers, mysql2's have none.
  if (errno === null || errno < 1000) return 'unavailable';
  for (const [fault, numbers] of Object.entries(sets))
    if (numbers.includes(errno)) return fault as MirrorFault;
  return sqlState !== null && REFUSED_STATES.test(sqlState) ? 'refused' : 'unknown';
}

/** The failure without the driver's words, which quote values and SQL. */
export function asMirrorError(
  error: unknown,
  where: { table: string; columns?: readonly string[] },
): MirrorError {
  if (error instanceof MirrorError) return error;
  const { code, errno, sqlState, message } = (error ?? {}) as DriverError;
  const number = typeof errno === 'number' && errno >= 1000 ? errno : null;
  const state = typeof sqlState === 'string' && /^\w{5}$/.test(sqlState) ? sqlState : null;
  return new MirrorError({
    fault: classify(number, state),
    code: nameOf(code, number),
    errno: number,
    sqlState: state,
    table: where.table,
    column: columnIn(message, where.columns ?? []),
    inDoubt: false,
  });
}

/**
 * The driver has MySQL's names for all numbers; from 4000 on MariaDB means other things by them.
 */
function nameOf(code: unknown, errno: number | null): string {
  if (errno === 4025) return 'ER_CONSTRAINT_FAILED';
  if (errno !== null && errno >= 4000) return `ER_${errno}`;
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : 'UNKNOWN';
}

/** Whether a commit that failed so may have happened. */
export function isCommitInDoubt({ errno }: MirrorErrorFields): boolean {
  return errno === null || !ROLLED_BACK.has(errno);
}

/** A column's name may be passed on, if it is one that we know: the rest of the words may not. */
function columnIn(message: unknown, columns: readonly string[]): string | null {
  if (typeof message !== 'string') return null;
  const [, name] = /column '(?:`?[^`'.]*`?\.)*`?([\w$-]{1,64})`?'?/i.exec(message) ?? [];
  const [, quoted] = /column (?:`[^`]*`\.)*`([\w$-]{1,64})`/i.exec(message) ?? [];
  const known = (wanted: string | undefined) =>
    columns.find((column) => column.toLowerCase() === wanted?.toLowerCase());
  return known(name) ?? known(quoted) ?? null;
}
