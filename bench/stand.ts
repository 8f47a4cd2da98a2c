import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUpDemo } from '../src/local/demo.ts';
import { localEnvironment } from '../src/local/environment.ts';
import { startPostgres } from '../src/local/postgres.ts';
import { freePort, isListening } from '../src/local/ports.ts';
import { waitUntilReady } from '../src/local/processes.ts';
import { createStep } from '../src/local/progress.ts';
import { loadSecrets, type LocalSecrets } from '../src/local/secrets.ts';
import { findTemporalCli } from '../src/local/temporal-cli.ts';
import { startTemporal } from '../src/local/temporal.ts';
import { ensureWorkflowBundle } from '../src/local/workflow-bundle.ts';
import type { Target } from './target.ts';

/** Everything that `npm start` runs, in a folder of its own, with the sandbox in its own process. */
export type Stand = {
  target: Target;
  temporalAddress: string;
  databaseUrl: string;
  /** Process ids by part; the server's children are added when they are asked for. */
  pids: { router: number; sandbox: number; temporal: number; postgres: number };
  folder: string;
  close(): Promise<void>;
};

/** `env`: over the router's own. */
export type StandOptions = { profile: boolean; env?: Record<string, string> };

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DATA_DIR = process.env['DATA_DIR'] ?? join(ROOT, '.data');
const step = createStep();

/** A folder that goes away afterwards. PostgreSQL may run as another user and must get through. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chat4all-bench-'));
  chmodSync(folder, 0o711);
  return folder;
}

/** The `temporal` program that `npm start` would use. */
export function findTemporal(): Promise<string> {
  return findTemporalCli(DATA_DIR, step, process.env['TEMPORAL_CLI'] || undefined);
}

/** Starts it. What was started is ended again when a part fails. */
export async function startStand(options: StandOptions): Promise<Stand> {
  const folder = temporaryFolder();
  const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const each of closers.splice(0).reverse()) await each();
  };
  try {
    return { ...(await startParts(folder, closers, options)), folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startParts(
  folder: string,
  closers: (() => unknown)[],
  options: StandOptions,
): Promise<Omit<Stand, 'folder' | 'close'>> {
  const postgres = await startPostgres({ folder: join(folder, 'postgres'), port: 0 });
  // Where the postgres user cannot reach our folder, its data is elsewhere and this is a link.
  const data = realpathSync(join(folder, 'postgres'));
  closers.push(() => rmSync(data, { recursive: true, force: true }), postgres.stop);
  const cli = await findTemporal();
  const server = { cli, folder: join(folder, 'temporal'), port: 0, uiPort: null };
  const temporal = await startTemporal(server);
  closers.push(temporal.stop);
  const workflowBundle = await ensureWorkflowBundle(folder);
  const secrets = loadSecrets(folder);
  const [api, sandbox] = [await freePort(), await freePort()];
  const [apiUrl, sandboxUrl] = [`http://127.0.0.1:${api}`, `http://127.0.0.1:${sandbox}`];
  const fake = await startSandbox(folder, sandbox, secrets);
  closers.push(() => end(fake, () => fake.kill('SIGTERM')));
  const router = await startRouterProcess(folder, options.profile, {
    ...localEnvironment({}, secrets, {
      databaseUrl: postgres.url,
      temporalAddress: temporal.address,
      sandboxUrl,
      apiUrl,
      workflowBundle,
    }),
    PORT: String(api),
    ...options.env,
  });
  // It ends in order when its parent lets go of it.
  closers.push(() => end(router, () => router.disconnect()));
  const target = await connect(folder, apiUrl, sandboxUrl, secrets);
  const pids = {
    router: router.pid ?? 0,
    sandbox: fake.pid ?? 0,
    temporal: Number(readFileSync(join(folder, 'temporal/server.pid'), 'utf8')),
    postgres: postmaster(folder),
  };
  return { target, temporalAddress: temporal.address, databaseUrl: postgres.url, pids };
}

async function startSandbox(
  folder: string,
  port: number,
  secrets: LocalSecrets,
): Promise<ChildProcess> {
  const env = {
    SANDBOX_PORT: String(port),
    DATA_DIR: folder,
    INSTAGRAM_APP_SECRET: secrets.app_secret,
    FACEBOOK_VERIFY_TOKEN: secrets.verify_token,
  };
  const child = startChild(join(ROOT, 'sandbox/main.ts'), folder, 'sandbox.log', env, []);
  await waitUntilReady(child, () => isListening(port), 30_000);
  return child;
}

async function startRouterProcess(
  folder: string,
  profile: boolean,
  env: NodeJS.ProcessEnv,
): Promise<ChildProcess> {
  const flags = profile ? ['--cpu-prof', '--cpu-prof-dir', process.cwd()] : [];
  const child = startChild(join(ROOT, 'bench/router-process.ts'), folder, 'router.log', env, flags);
  let ready = false;
  child.once('message', () => (ready = true));
  await waitUntilReady(child, () => ready, 60_000);
  return child;
}

/** Its output goes to a file, as that of a service would: a terminal costs time of its own. */
function startChild(
  file: string,
  folder: string,
  logName: string,
  env: NodeJS.ProcessEnv,
  execArgv: string[],
): ChildProcess {
  const log = openSync(join(folder, logName), 'a', 0o600);
  const { PATH, HOME } = process.env;
  try {
    return fork(file, [], {
      env: { PATH, HOME, ...env },
      execArgv,
      stdio: ['ignore', log, log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
}

async function connect(
  dataDir: string,
  api: string,
  sandbox: string,
  secrets: LocalSecrets,
): Promise<Target> {
  const demo = await setUpDemo({
    ...{ dataDir, api, sandbox },
    temporal_ui: null,
    admin_key: secrets.admin_api_key,
    verifyToken: secrets.verify_token,
    webhookUrl: `${sandbox}/crm/webhooks`,
    webhookSecret: secrets.crm_webhook_secret,
    channels: ['instagram'],
  });
  return {
    ...{ api, sandbox },
    adminKey: secrets.admin_api_key,
    accountId: demo.accounts.instagram ?? '',
    appSecret: secrets.app_secret,
  };
}

function postmaster(folder: string): number {
  const file = join(folder, 'postgres/data/postmaster.pid');
  return Number(readFileSync(file, 'utf8').split('\n')[0]);
}

/** Asks a process to end, and insists after 20 s. */
async function end(child: ChildProcess, ask: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  ask();
  const force = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(force);
}
