import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { DEMO_ACCOUNT, type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { generateApiKey } from '../../src/database/api-key-format.ts';
import { freePort } from '../../src/local/ports.ts';
import { openAlertInbox } from './alert-inbox.ts';
import { type Account, createDriver, type Driver } from './driver.ts';
import { type DriverEntry, type Journal, openJournal, readJournals } from './journal.ts';
import { type Line, openLine } from './line.ts';
import { createManagedProcess, type ManagedProcess } from './managed-process.ts';
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
  /** The demo account. */
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
  const { services, folder, quick } = options;
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
    const env = await environment({ services, name, appSecret, verifyToken, sandbox, line });
    Object.assign(env, { ALERT_WEBHOOK_URL: inbox.url }, COMPRESSED, options.env);
    const journal = openJournal<DriverEntry>(folder, 'driver');
    closers.push(() => journal.close());
    const stage = assemble({ services, folder, quick, env, sandbox, line, journal, close });
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
  name: string;
  appSecret: string;
  verifyToken: string;
  sandbox: Sandbox;
  line: Line;
};

async function environment(given: Given): Promise<Record<string, string>> {
  const database = new URL(given.services.postgres.url);
  database.pathname = `/${given.name}`;
  return {
    ENVIRONMENT: 'test',
    LOG_LEVEL: 'info',
    PORT: String(await freePort()),
    WORKER_HEALTH_PORT: String(await freePort()),
    RATE_LIMIT_PER_MINUTE: '0',
    DATABASE_URL: database.href,
    TEMPORAL_ADDRESS: given.services.temporal.address,
    TEMPORAL_NAMESPACE: given.name,
    WORKFLOW_BUNDLE: given.services.workflowBundle,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ADMIN_API_KEY: generateApiKey(),
    FACEBOOK_VERIFY_TOKEN: given.verifyToken,
    INSTAGRAM_APP_SECRET: given.appSecret,
    INSTAGRAM_API_URL: `${given.line.url}/instagram/v25.0`,
    CRM_WEBHOOK_URL: `${given.sandbox.url}/crm/webhooks`,
    CRM_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
  };
}

type Parts = Pick<Stage, 'services' | 'folder' | 'quick' | 'env' | 'sandbox' | 'line' | 'journal'>;

function assemble(parts: Parts & { close: Stage['close'] }): Stage {
  const { env, sandbox, journal, folder } = parts;
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
    account: { id: '', externalId: '' },
    driver: createDriver({
      api: apiUrl,
      apiKey: key,
      appSecret: env['INSTAGRAM_APP_SECRET'] ?? '',
      account: () => stage.account,
      journal,
      openWindow: async (customer, { externalId }) => {
        const body = { account: externalId, window: 'open' };
        await control('PUT', `/instagram/customers/${customer}`, body);
      },
    }),
    call: (method, path, body) =>
      request(method, `${apiUrl}${path}`, body, { authorization: `Bearer ${key}` }) as never,
    control,
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

/** Tells the router of the demo account, and the sandbox of the router. */
async function introduce(stage: Stage): Promise<void> {
  const api_url = `http://127.0.0.1:${stage.env['PORT']}`;
  await stage.control('PUT', '/instagram/webhook', { url: `${api_url}/webhooks/instagram` });
  await stage.control('PUT', '/instagram/settings', { retry_delays_ms: [300, 600, 1000] });
  const id = await register(stage, { ...DEMO_ACCOUNT });
  stage.account = { id, externalId: DEMO_ACCOUNT.instagram_account_id };
  await stage.control('PUT', '/router', {
    api_url,
    api_key: stage.env['ADMIN_API_KEY'],
    account_id: id,
    webhook_secret: stage.env['CRM_WEBHOOK_SECRET'],
  });
}

async function addAccount(stage: Stage, number: number, more: object = {}): Promise<Account> {
  const externalId = `1784140001${String(number).padStart(7, '0')}`;
  const credentials = {
    instagram_account_id: externalId,
    username: `shop.${number}`,
    access_token: `IGAAshop${String(number).padStart(40, '0')}`,
  };
  await stage.control('POST', '/instagram/accounts', credentials);
  const id = await register(stage, {
    ...credentials,
    webhook_secret: stage.env['CRM_WEBHOOK_SECRET'],
    crm_webhook_url: `${stage.sandbox.url}/crm/webhooks/${number}`,
    ...more,
  });
  return { id, externalId };
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
