import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { DEMO_ACCOUNT, type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import type { CreatePlatform } from '../../sandbox/platform.ts';
import { PLATFORMS } from '../../sandbox/platforms.ts';
import type { Channel } from '../../src/channels/channel.ts';
import { createChannels } from '../../src/channels/registry.ts';
import { loadConfig } from '../../src/config.ts';
import { generateApiKey } from '../../src/database/api-key-format.ts';
import { freePort } from '../../src/local/ports.ts';
import { startRouter as startTogether } from '../../src/local/router.ts';
import { type Answer, until } from '../sandbox/http.ts';
import { ask } from './router-http.ts';
import { createTestDatabase } from './postgres.ts';
import { createRouterProcess, type RouterProcess } from './router-process.ts';
import { createTestNamespace, type TestNamespace, workflowBundlePath } from './temporal.ts';

/** An account that both the router and the sandbox know. */
export type TestAccount = { id: string; externalId: string };

/** A message that was accepted. */
export type Accepted = { message_id: string; conversation_id: string; status: string };

/** The parts of `GET …/status` that tests look at. */
export type MessageStatus = {
  status: string;
  retry_count: number;
  possible_duplicate: boolean;
  wait_reason: string | null;
  platform_message_id: string | null;
  instagram_message_id: string | null;
  error: { code: string; message: string } | null;
  transitions: { status: string; source: string }[];
  errors: { attempt: number; class: string; code: string }[];
  parts: { part: number; status: string; platform_message_id: string | null }[];
};

/** A whole router over a database and a namespace of its own, with the sandbox around it. */
export type RouterUnderTest = {
  api: string;
  workerHealth: string;
  sandbox: Sandbox;
  adminKey: string;
  /** The demo account, which the sandbox's page shows. */
  account: TestAccount;
  temporal: TestNamespace;
  env: Record<string, string>;
  /** Null where both share the process of the test. */
  processes: { api: RouterProcess; worker: RouterProcess } | null;
  /** A request to the router with the admin key. */
  call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
  /** A request to the sandbox's control API; throws what it says when it refuses. */
  control<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
  /** The customer writes; resolves with the platform's message id. */
  write(customer: string, text: string, account?: TestAccount): Promise<string>;
  /** Lets the account write to the customer without the customer having said anything. */
  openWindow(customer: string, account?: TestAccount): Promise<void>;
  /** The CRM sends; throws unless it is accepted. */
  send(customer: string, text: string, more?: object): Promise<Accepted>;
  status(messageId: string): Promise<MessageStatus>;
  /** Waits until the message has this status; fails with what it has instead. */
  untilStatus(messageId: string, status: string, limitMs?: number): Promise<MessageStatus>;
  /** A statement in the router's database, for what would otherwise take a minute of waiting. */
  sql(statement: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
};

export type RouterOptions = {
  /** `together`: in this process, as `npm start` has it. `apart`: two, as in production. */
  processes: 'together' | 'apart';
  env?: Record<string, string>;
  /** Where the router finds Temporal, if not at the server itself. */
  temporalAddress?: string;
  /** Members of the demo account's registration beside its credentials. */
  account?: object;
  /** Channels beside the registry's, with the platforms that they talk to; only `together`. */
  more?: { channels(sandboxUrl: string): Channel[]; platforms: Record<string, CreatePlatform> };
};

/** Starts everything on free ports and registers the demo account. */
export async function startRouter(options: RouterOptions): Promise<RouterUnderTest> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const each of closers.splice(0).reverse()) await each();
  };
  try {
    const database = await createTestDatabase();
    closers.push(database.drop);
    const temporal = await createTestNamespace();
    const appSecret = randomBytes(16).toString('hex');
    const verifyToken = randomBytes(16).toString('hex');
    const platforms = { ...PLATFORMS, ...options.more?.platforms };
    const sandbox = await startSandbox({ port: 0, appSecret, verifyToken, platforms });
    closers.push(() => sandbox.close());
    const port = String(await freePort());
    const env = {
      ENVIRONMENT: 'test',
      LOG_LEVEL: options.processes === 'together' ? 'error' : 'info',
      PORT: port,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      WORKER_HEALTH_PORT: String(await freePort()),
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: '10',
      TEMPORAL_ADDRESS: options.temporalAddress ?? temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      WORKFLOW_BUNDLE: await workflowBundlePath(),
      ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      ADMIN_API_KEY: generateApiKey(),
      FACEBOOK_VERIFY_TOKEN: verifyToken,
      INSTAGRAM_APP_SECRET: appSecret,
      INSTAGRAM_API_URL: `${sandbox.url}/instagram/v25.0`,
      WHATSAPP_API_URL: `${sandbox.url}/whatsapp/v25.0`,
      TELEGRAM_API_URL: `${sandbox.url}/telegram`,
      CRM_WEBHOOK_URL: `${sandbox.url}/crm/webhooks`,
      CRM_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
      WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
      ...options.env,
    };
    const router = describeRouter(env, sandbox, temporal, close);
    if (options.processes === 'together') {
      const config = loadConfig(env);
      const channels = createChannels(config, options.more?.channels(sandbox.url));
      const running = await startTogether(config, channels);
      closers.push(() => running.close());
    } else {
      router.processes = createProcesses(env);
      const { api, worker } = router.processes;
      closers.push(async () => void (await Promise.all([api.close(), worker.close()])));
      await Promise.all([api.start(), worker.start()]);
    }
    router.account = await introduce(router, options.account);
    return router;
  } catch (error) {
    await close();
    throw error;
  }
}

function createProcesses(env: Record<string, string>) {
  return {
    api: createRouterProcess({
      main: 'src/api/main.ts',
      env,
      readyUrl: `http://127.0.0.1:${env['PORT']}/health/live`,
    }),
    worker: createRouterProcess({
      main: 'src/worker/main.ts',
      env,
      readyUrl: `http://127.0.0.1:${env['WORKER_HEALTH_PORT']}/health/live`,
    }),
  };
}

/** Registers the demo account and tells the sandbox where the router is. */
async function introduce(router: RouterUnderTest, more: object = {}): Promise<TestAccount> {
  await router.control('PUT', '/instagram/webhook', { url: `${router.api}/webhooks/instagram` });
  const created = await router.call('POST', '/api/v1/accounts', { ...DEMO_ACCOUNT, ...more });
  if (created.status !== 201) throw new Error(`No account: ${JSON.stringify(created.body)}`);
  const id = String(created.body['account_id']);
  await router.control('PUT', '/router', {
    api_url: router.api,
    api_key: router.adminKey,
    account_id: id,
    webhook_secret: router.env['CRM_WEBHOOK_SECRET'],
  });
  return { id, externalId: DEMO_ACCOUNT.instagram_account_id };
}

function describeRouter(
  env: Record<string, string>,
  sandbox: Sandbox,
  temporal: TestNamespace,
  close: () => Promise<void>,
): RouterUnderTest {
  const api = `http://127.0.0.1:${env['PORT']}`;
  const adminKey = env['ADMIN_API_KEY'] ?? '';
  const router: RouterUnderTest = {
    api,
    workerHealth: `http://127.0.0.1:${env['WORKER_HEALTH_PORT']}`,
    sandbox,
    adminKey,
    account: { id: '', externalId: '' },
    temporal,
    env,
    processes: null,
    close,
    call: (method, path, body, headers) =>
      ask(method, `${api}${path}`, body, { authorization: `Bearer ${adminKey}`, ...headers }),
    async control<T>(method: string, path: string, body?: unknown) {
      const answer = await ask<T>(method, `${sandbox.url}/control${path}`, body);
      if (answer.status >= 300)
        throw new Error(`${method} /control${path}: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    async write(customer, text, account = router.account) {
      const body = { account: account.externalId, text };
      const path = `/instagram/customers/${customer}/messages`;
      return (await router.control<{ mid: string }>('POST', path, body)).mid;
    },
    async openWindow(customer, account = router.account) {
      const body = { account: account.externalId, window: 'open' };
      await router.control('PUT', `/instagram/customers/${customer}`, body);
    },
    async send(customer, text, more) {
      const { status, body } = await router.call<Accepted>('POST', '/api/v1/messages/send', {
        account_id: router.account.id,
        recipient_id: customer,
        message: text,
        ...more,
      });
      if (status !== 202) throw new Error(`Not accepted (${status}): ${JSON.stringify(body)}`);
      return body;
    },
    status: async (id) => {
      const answer = await router.call<MessageStatus>('GET', `/api/v1/messages/${id}/status`);
      if (answer.status !== 200) throw new Error(`No status: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    async untilStatus(id, wanted, limitMs = 20_000) {
      let found = await router.status(id);
      await until(
        `message is ${wanted}`,
        async () => (found = await router.status(id)).status === wanted,
        limitMs,
      ).catch((error: Error) => {
        throw new Error(`${error.message}; it is ${JSON.stringify(found)}`);
      });
      return found;
    },
    async sql(statement) {
      const client = new pg.Client(env['DATABASE_URL']);
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(statement)).rows;
      } finally {
        await client.end();
      }
    },
  };
  return router;
}
