import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { generateApiKey } from '../../src/database/api-key-format.ts';
import { freePort } from '../../src/local/ports.ts';
import { openAlertInbox } from './alert-inbox.ts';
import { type Account, createDriver, type Driver } from './driver.ts';
import { type DriverEntry, type Journal, openJournal, readJournals } from './journal.ts';
import { type Line, openLine } from './line.ts';
import { createManagedProcess, type ManagedProcess } from './managed-process.ts';
import type { Platform } from './platforms/platform.ts';
import type { Services } from './services.ts';

/** A whole router over a database and a namespace of its own, and everything around it. */
export type Stage = {
  services: Services;
  api: ManagedProcess;
  worker: ManagedProcess;
  driver: Driver;
  journal: Journal<DriverEntry>;
  sandbox: Sandbox;
  line: Line;
  /** Whom all accounts are with. */
  platform: Platform;
  /** The account of everything that names none. */
  account: Account;
  /** Where journals and the processes' logs are. */
  folder: string;
  env: Record<string, string>;
  /** Few repetitions only. */
  quick: boolean;
  /** A request to the router with the admin key; body and status. */
  call<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }>;
  /** A request to the sandbox's control API. Throws what it says when it refuses. */
  control<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** The same of the platform's own side. */
  onPlatform: Stage['control'];
  /** Another account with an endpoint of its own, under `/crm/webhooks` of the sandbox by default. */
  addAccount(number: number, more?: object): Promise<Account>;
  note(what: string): void;
  finding(what: string): void;
  /** Operators must be told of this within a minute from `at` on. */
  expectAlert(cause: string, account: Account | null, at?: number): void;
  /** Whether operators have been told of it. */
  wasAlerted(cause: string, account: Account): boolean;
  close(): Promise<void>;
};

export type StageOptions = {
  services: Services;
  platform: Platform;
  folder: string;
  quick: boolean;
  env?: Record<string, string>;
  /** The processes are started by the scenario itself, after it took something away. */
  unstarted?: boolean;
};

/** Hours and minutes of the router's schedules as seconds. */
const COMPRESSED = {
  OUTBOUND_RETRY_DELAYS: '0.2,0.5',
  OUTBOUND_EXPIRY: '600',
  EVIDENCE_WAIT: '5',
  CRM_RETRY_DELAYS: '0.3,0.6,1,1,2',
  CRM_RETRY_LIMIT: '300',
  CRM_WEBHOOK_TIMEOUT: '5',
  CRM_BREAKER_FAILURES: '10',
  CRM_PROBE_DELAYS: '1,2',
};

export async function openStage(options: StageOptions): Promise<Stage> {
  const { services, platform, folder, quick } = options;
  mkdirSync(folder, { recursive: true });
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const each of closers.splice(0).reverse()) await each();
  };
  try {
    const name = `faults_${randomBytes(5).toString('hex')}`;
    await query(services.postgres.url, `CREATE DATABASE ${name}`);
    closers.push(() => query(services.postgres.url, `DROP DATABASE ${name} WITH (FORCE)`));
    await makeNamespace(services.temporal.address, name);
    const [appSecret, verifyToken] = [
      randomBytes(16).toString('hex'),
      randomBytes(8).toString('hex'),
    ];
    const sandbox = await startSandbox({ port: 0, appSecret, verifyToken });
    closers.push(() => sandbox.close());
    const line = await openLine(sandbox.url);
    closers.push(() => line.close());
    const alerts = openJournal<never>(folder, 'alerts');
    const inbox = await openAlertInbox(alerts);
    closers.push(async () => (await inbox.close(), alerts.close()));
    const env = await environment({
      services,
      platform,
      name,
      appSecret,
      verifyToken,
      sandbox,
      line,
    });
    Object.assign(env, { ALERT_WEBHOOK_URL: inbox.url }, COMPRESSED, options.env);
    const journal = openJournal<DriverEntry>(folder, 'driver');
    closers.push(() => journal.close());
    const parts = { services, platform, folder, quick, env, sandbox, line, journal, close };
    const stage = assemble(parts, appSecret);
    closers.push(() => stage.driver.stop());
    closers.push(() => Promise.all([stage.api.end('SIGKILL'), stage.worker.end('SIGKILL')]));
    await stage.api.start();
    await introduce(stage);
    if (options.unstarted) await stage.api.end('SIGTERM');
    else await stage.worker.start();
    return stage;
  } catch (error) {
    await close();
    throw error;
  }
}

type Given = {
  services: Services;
  platform: Platform;
  name: string;
  appSecret: string;
  verifyToken: string;
  sandbox: Sandbox;
  line: Line;
};

async function environment(given: Given): Promise<Record<string, string>> {
  const database = new URL(given.services.postgres.url);
  database.pathname = `/${given.name}`;
  const port = await freePort();
  const { appSecret } = given;
  const api = `http://127.0.0.1:${port}`;
  return {
    ENVIRONMENT: 'test',
    LOG_LEVEL: 'info',
    PORT: String(port),
    PUBLIC_URL: api,
    WORKER_HEALTH_PORT: String(await freePort()),
    RATE_LIMIT_PER_MINUTE: '0',
    DATABASE_URL: database.href,
    TEMPORAL_ADDRESS: given.services.temporal.address,
    TEMPORAL_NAMESPACE: given.name,
    WORKFLOW_BUNDLE: given.services.workflowBundle,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ADMIN_API_KEY: generateApiKey(),
    FACEBOOK_VERIFY_TOKEN: given.verifyToken,
    ...given.platform.environment({ line: given.line.url, appSecret, api }),
    CRM_WEBHOOK_URL: `${given.sandbox.url}/crm/webhooks`,
    CRM_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
  };
}

type Parts = Pick<
  Stage,
  'services' | 'platform' | 'folder' | 'quick' | 'env' | 'sandbox' | 'line' | 'journal' | 'close'
>;

function assemble(parts: Parts, appSecret: string): Stage {
  const { platform, env, sandbox, journal, folder } = parts;
  const apiUrl = `http://127.0.0.1:${env['PORT']}`;
  const key = env['ADMIN_API_KEY'] ?? '';
  const process = (name: 'api' | 'worker', port: string | undefined) =>
    createManagedProcess({
      name,
      main: `src/${name}/main.ts`,
      env,
      readyUrl: `http://127.0.0.1:${port}/health/live`,
      logFile: join(folder, `${name}.log`),
      onExit: (code, signal) =>
        journal.write({ kind: 'exit', at: Date.now(), process: name, code, signal }),
    });
  const control: Stage['control'] = async (method, path, body) => {
    const { status, body: answer } = await request(method, `${sandbox.url}/control${path}`, body);
    if (status >= 300) throw new Error(`${method} /control${path}: ${JSON.stringify(answer)}`);
    return answer as never;
  };
  const stage: Stage = {
    ...parts,
    api: process('api', env['PORT']),
    worker: process('worker', env['WORKER_HEALTH_PORT']),
    account: { id: '', externalId: '', number: 0 },
    driver: createDriver({
      api: apiUrl,
      apiKey: key,
      appSecret,
      platform,
      account: () => stage.account,
      journal,
      openWindow: async (customer, account) => {
        const change = platform.openWindow(account, customer);
        if (change) await control('PUT', change.path, change.body);
      },
    }),
    call: (method, path, body) =>
      request(method, `${apiUrl}${path}`, body, { authorization: `Bearer ${key}` }) as never,
    control,
    onPlatform: (method, path, body) => control(method, `/${platform.channel}${path}`, body),
    addAccount: (number, more) => addAccount(stage, number, more),
    note: (what) => journal.write({ kind: 'note', at: Date.now(), what }),
    finding: (what) => journal.write({ kind: 'finding', at: Date.now(), what }),
    expectAlert: (cause, account, at = Date.now()) =>
      journal.write({ kind: 'alert_due', at, cause, account: account?.id ?? null }),
    wasAlerted: (cause, account) =>
      readJournals(folder).alerts.some(
        (each) => each.cause === cause && each.account === account.id && each.state === 'raised',
      ),
  };
  return stage;
}

/** Tells the router of the first account, and the sandbox of the router. */
async function introduce(stage: Stage): Promise<void> {
  const { channel } = stage.platform;
  const api_url = `http://127.0.0.1:${stage.env['PORT']}`;
  await stage.platform.introduce(stage.control, api_url);
  stage.account = await addAccount(stage, 0, { crm_webhook_url: stage.env['CRM_WEBHOOK_URL'] });
  await stage.control('PUT', '/router', {
    api_url,
    api_key: stage.env['ADMIN_API_KEY'],
    accounts: {
      [channel]: {
        account_id: stage.account.id,
        webhook_secret: stage.env['CRM_WEBHOOK_SECRET'],
      },
    },
  });
}

async function addAccount(stage: Stage, number: number, more: object = {}): Promise<Account> {
  const { channel, account } = stage.platform;
  const { externalId, platformSide, routerSide } = account(number);
  await stage.control('POST', `/${channel}/accounts`, platformSide);
  const id = await register(stage, {
    channel,
    ...routerSide,
    webhook_secret: stage.env['CRM_WEBHOOK_SECRET'],
    crm_webhook_url: `${stage.sandbox.url}/crm/webhooks/${number}`,
    ...more,
  });
  return { id, externalId, number };
}

async function register(stage: Stage, body: object): Promise<string> {
  const made = await stage.call<{ account_id: string }>('POST', '/api/v1/accounts', body);
  if (made.status !== 201) throw new Error(`No account: ${JSON.stringify(made.body)}`);
  return made.body.account_id;
}

async function request(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = /json/.test(answer.headers.get('content-type') ?? '');
  return { status: answer.status, body: json ? JSON.parse(text) : text };
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function makeNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
  } finally {
    await connection.close();
  }
}
