import mysql, { type FieldPacket, type RowDataPacket } from 'mysql2/promise';
import { z } from 'zod';

/** Where the CRM's own database is. A user that may only read is enough. */
export const CrmMysqlSchema = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(3306),
  user: z.string().min(1),
  password: z.string(),
  database: z.string().min(1),
  table: z.string().min(1).default('messages'),
});

export type CrmMysql = z.input<typeof CrmMysqlSchema>;

/** The newest rows as the table has them, newest first; `problem` says why there are none. */
export type TableRows = {
  columns: string[];
  rows: (string | number | null)[][];
  problem: string | null;
};

/** The CRM's table `messages`, which the router's mirror writes and nobody here changes. */
export type CrmTable = {
  connect(connection: CrmMysql | null): void;
  isConnected(): boolean;
  /** Never throws: what is wrong with the database is for the page to show. */
  read(): Promise<TableRows>;
};

const ROWS = 50;
/** Milliseconds to connect, and for the answer. */
const TIMEOUT = 3000;

/** Opens a connection for every look: a sandbox looks seldom, and nothing is left to close. */
export function createCrmTable(initial: CrmMysql | undefined): CrmTable {
  let connection = initial ?? null;
  return {
    connect: (next) => void (connection = next),
    isConnected: () => connection !== null,
    async read() {
      if (connection === null) return empty('No database is connected: PUT /control/router.');
      try {
        return await newestRows(CrmMysqlSchema.parse(connection));
      } catch (error) {
        // The driver's own words quote names and values.
        const { code = 'no code' } = error as { code?: string };
        return empty(`The CRM’s database cannot be read (${code}).`);
      }
    },
  };
}

function empty(problem: string): TableRows {
  return { columns: [], rows: [], problem };
}

async function newestRows(settings: z.output<typeof CrmMysqlSchema>): Promise<TableRows> {
  const { table, ...server } = settings;
  const connection = await mysql.createConnection({
    ...server,
    charset: 'utf8mb4_unicode_ci',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    connectTimeout: TIMEOUT,
  });
  // A server that goes away while nobody waits for an answer is an event, and would end the process.
  connection.on('error', () => undefined);
  try {
    await connection.query({ sql: 'start transaction read only', timeout: TIMEOUT });
    const sql = `select * from ${mysql.escapeId(table, true)} order by created_at desc limit ${ROWS}`;
    const [rows, fields] = await connection.query<RowDataPacket[][]>({
      ...{ sql, rowsAsArray: true, timeout: TIMEOUT },
    });
    return present(rows, fields);
  } finally {
    connection.destroy();
  }
}

/** Of rows of one moment the later one comes first, where the table counts them. */
function present(rows: RowDataPacket[][], fields: FieldPacket[]): TableRows {
  const columns = fields.map(({ name }) => name);
  const [id, at] = [columns.indexOf('id'), columns.indexOf('created_at')];
  const shown = rows.map((row) => row.map(asText));
  if (id >= 0)
    shown.sort((left, right) =>
      left[at] === right[at] ? Number(right[id]) - Number(left[id]) : 0,
    );
  return { columns, rows: shown, problem: null };
}

function asText(value: unknown): string | number | null {
  if (value === null || typeof value === 'number') return value;
  return Buffer.isBuffer(value) ? `${value.length} bytes` : String(value);
}
