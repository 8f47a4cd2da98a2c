import type { TableReport } from '../mirror.ts';
import type { Session } from './pool.ts';

/** The columns without which there is no mirror, and those that are filled where they exist. */
export const REQUIRED = ['user_id', 'username', 'direction', 'message', 'created_at'] as const;
export const OPTIONAL = [
  'channel',
  'message_id',
  'account_id',
  'conversation_id',
  'status',
] as const;
export type ColumnName = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];

/** A column of the table, as the server describes it. */
export type Column = {
  name: ColumnName;
  type: string;
  /** Characters of CHAR and VARCHAR; null for other types. */
  mostChars: number | null;
  /** Bytes of the TEXT types. */
  mostBytes: number | null;
  charset: string | null;
  /** Digits of a second's fraction. */
  precision: number;
};

export type TableSchema = {
  report: TableReport;
  /** What is filled, in this order. */
  columns: Column[];
  transactional: boolean;
  /** The server refuses larger requests. */
  maxPacket: number;
};

type ColumnRow = {
  name: string;
  type: string;
  full_type: string;
  most_chars: string | number | null;
  most_bytes: string | number | null;
  charset: string | null;
  fraction: string | number | null;
  extra: string;
  rights: string;
};

const COLUMNS = `
  SELECT COLUMN_NAME AS name, DATA_TYPE AS type, COLUMN_TYPE AS full_type,
         CHARACTER_MAXIMUM_LENGTH AS most_chars, CHARACTER_OCTET_LENGTH AS most_bytes,
         CHARACTER_SET_NAME AS charset, DATETIME_PRECISION AS fraction, EXTRA AS extra,
         PRIVILEGES AS rights
    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?`;

const ENGINE = `
  SELECT e.TRANSACTIONS AS transactions, @@max_allowed_packet AS max_packet
    FROM information_schema.TABLES t LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE
   WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME = ?`;

/** Reads what the table is made of. INSERT permission is enough to see it. */
export async function readSchema(session: Session, table: string): Promise<TableSchema> {
  const found = await session.rows<ColumnRow>(COLUMNS, [table]);
  const [engine] = await session.rows<{ transactions: string | null; max_packet: number | string }>(
    ENGINE,
    [table],
  );
  const byName = new Map(found.map((row) => [row.name.toLowerCase(), row]));
  const usable = OPTIONAL.filter((name) => takes(byName.get(name), name));
  const problems = found.length === 0 ? [`there is no table ${table}`] : judge(byName);
  return {
    report: {
      problems,
      lacking: OPTIONAL.filter((name) => !usable.includes(name)),
      canSelect: found.length > 0 && REQUIRED.every((name) => may(byName.get(name), 'select')),
    },
    columns: [...REQUIRED, ...usable].flatMap((name) => describe(byName.get(name), name)),
    transactional: engine?.transactions !== 'NO',
    maxPacket: Number(engine?.max_packet ?? 1_048_576),
  };
}

function judge(byName: Map<string, ColumnRow>): string[] {
  return REQUIRED.flatMap((name) => {
    const row = byName.get(name);
    if (!row) return [`column ${name} is missing`];
    if (FILLED_BY_SERVER.test(row.extra))
      return [
        `column ${name} is filled by the server (${row.extra.toLowerCase()}); it needs to take values`,
      ];
    if (!takes(row, name))
      return [`column ${name} has the type ${row.type}; it needs ${NEEDS[name]}`];
    return may(row, 'insert') ? [] : [`column ${name}: INSERT is not granted`];
  });
}

function may(row: ColumnRow | undefined, right: string): boolean {
  return row?.rights.split(',').includes(right) === true;
}

const NEEDS = {
  user_id: 'a text type, or bigint',
  username: 'a text type',
  direction: "a text type, or an enum with 'in' and 'out'",
  message: 'a text type',
  created_at: 'datetime or timestamp',
};
const TEXT = new Set(['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext']);
/** What `status` says of a message of the customer, which has none of its own. */
export const RECEIVED = 'received';
const STATUSES = [RECEIVED, 'sent', 'delivered', 'read', 'failed', 'unconfirmed'];
/** Room that our own ids and words need: a CRM may have columns of these names for something else. */
const ROOM = { channel: 9, message_id: 36, account_id: 36, conversation_id: 37, status: 11 };

/** Not `DEFAULT_GENERATED`, which is a default like others. */
const FILLED_BY_SERVER = /auto_increment|(?<!default_)generated/i;

/** Whether the column can have what it would be filled with. */
function takes(row: ColumnRow | undefined, name: ColumnName): boolean {
  if (!row || FILLED_BY_SERVER.test(row.extra)) return false;
  const isText = TEXT.has(row.type);
  switch (name) {
    case 'user_id':
      return isText || row.type === 'bigint';
    case 'username':
    case 'message':
      return isText;
    case 'direction':
      return (isText && hasRoom(row, 3)) || hasWords(row, ['in', 'out']);
    case 'created_at':
      return row.type === 'datetime' || row.type === 'timestamp';
    case 'status':
      return (isText && hasRoom(row, ROOM.status)) || hasWords(row, STATUSES);
    case 'message_id':
      return row.type === 'uuid' || (isText && hasRoom(row, ROOM.message_id));
    case 'channel':
    case 'account_id':
    case 'conversation_id':
      return isText && hasRoom(row, ROOM[name]);
  }
}

function hasRoom(row: ColumnRow, chars: number): boolean {
  return Number(row.most_chars) >= chars;
}

function hasWords(row: ColumnRow, words: string[]): boolean {
  return (
    row.type === 'enum' && words.every((word) => row.full_type.toLowerCase().includes(`'${word}'`))
  );
}

function describe(row: ColumnRow | undefined, name: ColumnName): Column[] {
  if (!row) return [];
  const counted = row.type === 'char' || row.type === 'varchar';
  return [
    {
      name,
      type: row.type,
      mostChars: counted ? Number(row.most_chars) : null,
      mostBytes: TEXT.has(row.type) && !counted ? Number(row.most_bytes) : null,
      charset: row.charset,
      precision: Number(row.fraction ?? 0),
    },
  ];
}
