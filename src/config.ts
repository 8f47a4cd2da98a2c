import { z } from 'zod';
import {
  apiKey,
  baseUrl,
  databaseUrl,
  encryptionKeys,
  file,
  flag,
  hostAndPort,
  networks,
  port,
  seconds,
  secondsList,
  text,
  toMs,
  webhookSecret,
} from './config-values.ts';
import { createAddressGuard, urlProblem } from './crm/address-guard.ts';

/**
 * The environment as one typed, frozen object. This file is the only reader of `process.env`;
 * `.env.example` lists the same variables in the same order.
 * Durations are decimal seconds in the environment and milliseconds (`…Ms`) in the object.
 */

const Environment = z.object({
  ENVIRONMENT: z.enum(['development', 'test', 'production']).default('development'),
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
  HOST: text.default('127.0.0.1'),
  PORT: port.default(8000),
  PUBLIC_URL: baseUrl.optional(),
  WORKER_HEALTH_PORT: port.default(8001),
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(0).default(6000),

  DATABASE_URL: databaseUrl,
  DATABASE_POOL_SIZE: z.coerce.number().int().min(4).max(200).default(20),

  TEMPORAL_ADDRESS: hostAndPort.default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: text.default('default'),
  TEMPORAL_API_KEY: text.optional(),
  TEMPORAL_TLS_CA_PATH: file.optional(),
  TEMPORAL_TLS_CERT_PATH: file.optional(),
  TEMPORAL_TLS_KEY_PATH: file.optional(),
  WORKFLOW_BUNDLE: text.optional(),

  ENCRYPTION_KEYS: encryptionKeys,
  ADMIN_API_KEY: apiKey.optional(),

  FACEBOOK_VERIFY_TOKEN: text.optional(),
  FACEBOOK_APP_SECRET: text.optional(),
  INSTAGRAM_APP_SECRET: text.optional(),
  INSTAGRAM_API_URL: baseUrl.default('https://graph.instagram.com/v25.0'),
  INSTAGRAM_HUMAN_AGENT: flag.default(false),
  INSTAGRAM_PAGE_ACCESS_TOKEN: text.optional(),
  INSTAGRAM_BUSINESS_ACCOUNT_ID: text.optional(),
  WHATSAPP_API_URL: baseUrl.default('https://graph.facebook.com/v25.0'),
  TELEGRAM_API_URL: baseUrl.default('https://api.telegram.org'),

  CRM_WEBHOOK_URL: text.optional(),
  CRM_WEBHOOK_SECRET: webhookSecret.optional(),
  CRM_WEBHOOK_TIMEOUT: seconds.default(10_000),
  CRM_RETRY_DELAYS: secondsList.default([1, 4, 16, 64, 600, 1800, 3600].map(toMs)),
  CRM_RETRY_LIMIT: seconds.default(86_400_000),
  CRM_BREAKER_FAILURES: z.coerce.number().int().min(1).max(1000).default(10),
  CRM_PROBE_DELAYS: secondsList.default([30, 60, 120, 300].map(toMs)),
  CRM_RECOVERY_RATE: z.coerce.number().positive().max(1000).default(50),
  CONVERSATION_LINGER: seconds.default(0),
  WEBHOOK_ALLOWED_NETWORKS: networks.default([]),

  CRM_MYSQL_ENABLED: flag.default(false),
  CRM_MYSQL_HOST: text.optional(),
  CRM_MYSQL_PORT: port.default(3306),
  CRM_MYSQL_USER: text.optional(),
  CRM_MYSQL_PASSWORD: z.string().min(1).optional(),
  CRM_MYSQL_DATABASE: text.optional(),
  CRM_MYSQL_TABLE: z
    .string()
    .regex(/^[\w$-]{1,64}$/, 'expected 1 to 64 letters, digits, "_", "$" or "-"')
    .default('messages'),
  CRM_MYSQL_SSL: z.enum(['false', 'true', 'unverified']).default('false'),
  CRM_MYSQL_TIMEOUT: z.coerce.number().min(0.1).max(600).transform(toMs).default(30_000),

  OUTBOUND_RETRY_DELAYS: secondsList.default([2, 10].map(toMs)),
  OUTBOUND_EXPIRY: seconds.default(86_400_000),
  OUTBOUND_HOLD: flag.default(false),
  EVIDENCE_WAIT: seconds.default(60_000),

  ACCOUNT_CHECK_INTERVAL: z.coerce
    .number()
    .min(1)
    .max(2_592_000)
    .transform(toMs)
    .default(86_400_000),

  ALERT_WEBHOOK_URL: text.optional(),
  ALERT_WEBHOOK_SECRET: webhookSecret.optional(),
});

/** Everything a process needs to know from outside. Frozen; never logged as a whole. */
export type Config = Readonly<z.output<typeof Environment>>;

/** All problems of an environment at once; each line begins with the variable's name. */
export class ConfigError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`The configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`);
    this.problems = problems;
  }
}

/** Variables that hold a secret: reported as set or not set, never with their value. */
const SECRETS = new Set<keyof Config>([
  'DATABASE_URL',
  'TEMPORAL_API_KEY',
  'ENCRYPTION_KEYS',
  'ADMIN_API_KEY',
  'FACEBOOK_VERIFY_TOKEN',
  'FACEBOOK_APP_SECRET',
  'INSTAGRAM_APP_SECRET',
  'INSTAGRAM_PAGE_ACCESS_TOKEN',
  'INSTAGRAM_BUSINESS_ACCOUNT_ID',
  'CRM_WEBHOOK_URL',
  'CRM_WEBHOOK_SECRET',
  'CRM_MYSQL_PASSWORD',
  'ALERT_WEBHOOK_URL',
  'ALERT_WEBHOOK_SECRET',
]);

/** What production cannot run without; in development `npm start` supplies them. */
const REQUIRED_IN_PRODUCTION = ['FACEBOOK_VERIFY_TOKEN', 'PUBLIC_URL'] as const;

/** Reads and checks the environment. Throws {@link ConfigError} naming every wrong variable. */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  // An empty variable means "not set": compose files and CI write `NAME=` for what they leave out.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(given);
  const problems = (parsed.error?.issues ?? []).map((issue) => {
    const name = String(issue.path[0]);
    return given[name] === undefined ? `${name}: is required` : `${name}: ${issue.message}`;
  });
  problems.push(...missingInProduction(given), ...halves(given), ...refusedAddresses(given));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(parsed.data);
}

function missingInProduction(given: NodeJS.ProcessEnv): string[] {
  if (given['ENVIRONMENT'] !== 'production') return [];
  const noAppSecret = !given['FACEBOOK_APP_SECRET'] && !given['INSTAGRAM_APP_SECRET'];
  return [
    ...REQUIRED_IN_PRODUCTION.filter((name) => given[name] === undefined).map(
      (name) => `${name}: is required in production`,
    ),
    ...(noAppSecret
      ? ['INSTAGRAM_APP_SECRET: set it or FACEBOOK_APP_SECRET; webhooks need one']
      : []),
  ];
}

/** Variables of which one is of no use without the other. */
const PAIRS = [
  ['INSTAGRAM_PAGE_ACCESS_TOKEN', 'INSTAGRAM_BUSINESS_ACCOUNT_ID'],
  ['TEMPORAL_TLS_CERT_PATH', 'TEMPORAL_TLS_KEY_PATH'],
] as const;

function halves(given: NodeJS.ProcessEnv): string[] {
  return PAIRS.filter(([one, other]) => !given[one] !== !given[other]).map(
    ([one, other]) => `${one}: set it together with ${other} or not at all`,
  );
}

/** Addresses that would be refused at each webhook, by the guard that would refuse them. */
function refusedAddresses(given: NodeJS.ProcessEnv): string[] {
  const allowed = networks.safeParse(given['WEBHOOK_ALLOWED_NETWORKS'] ?? '');
  if (!allowed.success) return [];
  const guard = createAddressGuard({
    allowedNetworks: allowed.data,
    requireHttps: given['ENVIRONMENT'] === 'production',
  });
  return ['CRM_WEBHOOK_URL', 'ALERT_WEBHOOK_URL'].flatMap((name) => {
    const url = given[name]?.trim();
    const refusal = url === undefined ? null : guard.refusal(url);
    return refusal === null ? [] : [`${name}: ${urlProblem(refusal)}`];
  });
}

/** Reads the configuration or ends the process with exit code 1 and the list of problems. */
export function loadConfigOrExit(): Config {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Variables whose seconds are milliseconds in {@link Config}. */
const DURATIONS = new Set<keyof Config>([
  'CRM_WEBHOOK_TIMEOUT',
  'CRM_RETRY_DELAYS',
  'CRM_RETRY_LIMIT',
  'CRM_PROBE_DELAYS',
  'CONVERSATION_LINGER',
  'CRM_MYSQL_TIMEOUT',
  'OUTBOUND_RETRY_DELAYS',
  'OUTBOUND_EXPIRY',
  'EVIDENCE_WAIT',
  'ACCOUNT_CHECK_INTERVAL',
]);

/**
 * For the first log line of a process: plain settings as somebody would set them, `set` or `not set`
 * for secrets.
 */
export function describeConfig(config: Config): Record<string, string> {
  return Object.fromEntries(
    (Object.keys(Environment.shape) as (keyof Config)[]).map((name) => {
      const value = config[name];
      if (SECRETS.has(name) || value === undefined)
        return [name, value === undefined ? 'not set' : 'set'];
      return [name, DURATIONS.has(name) ? inSeconds(value) : String(value)];
    }),
  );
}

function inSeconds(value: Config[keyof Config]): string {
  return [value]
    .flat()
    .map((ms) => Number(ms) / 1000)
    .join();
}
