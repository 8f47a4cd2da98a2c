import winston from 'winston';

/**
 * JSON lines with an allow-list of fields: what is not named here cannot reach a log, so a
 * message's text, a name, a phone number, a platform user id or a token has no way in.
 */
export type LogFields = {
  trace_id?: string | undefined;
  message_id?: string | undefined;
  account_id?: string | undefined;
  conversation_id?: string | undefined;
  delivery_id?: string | undefined;
  dead_letter_id?: string | undefined;
  key_id?: string | undefined;
  workflow_id?: string | undefined;
  workflow_ids?: string[] | undefined;
  /** Temporal's id of one run of a workflow. */
  run_id?: string | undefined;
  channel?: string | undefined;
  event_type?: string | undefined;
  method?: string | undefined;
  /** The route's pattern (`/api/v1/messages/:id`), never the raw URL. */
  path?: string | undefined;
  status?: number | string | undefined;
  status_code?: number | undefined;
  attempt?: number | undefined;
  round?: number | undefined;
  outcome?: string | undefined;
  error_class?: string | undefined;
  error_code?: string | undefined;
  duration_ms?: number | undefined;
  retry_in_ms?: number | undefined;
  late_ms?: number | undefined;
  count?: number | undefined;
  component?: string | undefined;
  settings?: Record<string, string> | undefined;
  reason?: string | undefined;
  /** Of a MySQL server's answer; its words are never logged. */
  errno?: number | undefined;
  sql_state?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  /** A database's user, not a customer. */
  user?: string | undefined;
  database?: string | undefined;
  table?: string | undefined;
  column?: string | undefined;
  columns?: string | undefined;
  message_ids?: string[] | undefined;
};

const ALLOWED = new Set<string>([
  'trace_id',
  'message_id',
  'account_id',
  'conversation_id',
  'delivery_id',
  'dead_letter_id',
  'key_id',
  'workflow_id',
  'workflow_ids',
  'run_id',
  'channel',
  'event_type',
  'method',
  'path',
  'status',
  'status_code',
  'attempt',
  'round',
  'outcome',
  'error_class',
  'error_code',
  'duration_ms',
  'retry_in_ms',
  'late_ms',
  'count',
  'component',
  'settings',
  'reason',
  'errno',
  'sql_state',
  'host',
  'port',
  'user',
  'database',
  'table',
  'column',
  'columns',
  'message_ids',
] satisfies (keyof LogFields)[]);

export type Logger = {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
};

export type LoggerOptions = {
  service: string;
  level: 'error' | 'warn' | 'info' | 'debug';
  /** Coloured one-liners for a terminal instead of JSON. */
  pretty?: boolean;
};

/** The one logger of a process. Writes to standard output. */
export function createLogger(options: LoggerOptions): Logger {
  const { combine, timestamp, json, colorize, printf } = winston.format;
  const readable = printf(({ timestamp: at, level, service, message, ...fields }) => {
    const rest = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
    return `${String(at).slice(11, 23)} ${level} [${String(service)}] ${String(message)}${rest}`;
  });
  const target = winston.createLogger({
    level: options.level,
    defaultMeta: { service: options.service },
    format: options.pretty
      ? combine(timestamp(), colorize(), readable)
      : combine(timestamp(), json()),
    transports: [new winston.transports.Console()],
  });
  return wrap(target, {});
}

function wrap(target: winston.Logger, bound: LogFields): Logger {
  const write = (level: string, message: string, fields: LogFields = {}) =>
    void target.log(level, message, allowed({ ...bound, ...fields }));
  return {
    error: (message, fields) => write('error', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    info: (message, fields) => write('info', message, fields),
    debug: (message, fields) => write('debug', message, fields),
    child: (fields) => wrap(target, { ...bound, ...fields }),
  };
}

/** The type says what may be logged; this holds it at run time too, for spread objects. */
function allowed(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== undefined && ALLOWED.has(name)),
  );
}

/**
 * The class of an unknown error, safe to log: its name and code. Messages are left out because
 * database drivers and HTTP clients put values, headers and URLs into them.
 */
export function errorClass(error: unknown): Pick<LogFields, 'error_class' | 'error_code'> {
  if (!(error instanceof Error)) return { error_class: typeof error };
  const code = (error as { code?: unknown }).code;
  return {
    error_class: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { error_code: String(code) } : {}),
  };
}
