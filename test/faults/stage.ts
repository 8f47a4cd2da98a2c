import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { introduce } from './accounts.ts';
import { openAlertInbox } from './alert-inbox.ts';
import type { Account, Driver } from './driver.ts';
import { type AlertEntry, type DriverEntry, type Journal, openJournal } from './journal.ts';
import { type Line, openLine } from './line.ts';
import type { ManagedProcess } from './managed-process.ts';
import { makePlace } from './own-place.ts';
import type { Platform } from './platforms/platform.ts';
import type { Services } from './services.ts';
import { makeEnvironment } from './stage-environment.ts';
import { assembleStage } from './stage-parts.ts';

/** A whole router over a database and a namespace of its own, and everything around it. */
export type Stage = {
  services: Services;
  api: ManagedProcess;
  worker: ManagedProcess;
  /** These two, and those that were added. */
  processes: ManagedProcess[];
  driver: Driver;
  journal: Journal<DriverEntry>;
  sandbox: Sandbox;
  line: Line;
  /** Whom all of its accounts are with. */
  platform: Platform;
  /** The same router with another platform, and with a driver for that one. */
  beside(platform: Platform): Promise<Stage>;
  /** This one and those beside it. */
  all: Stage[];
  /** A second process of the same kind, on a port of its own. */
  addWorker(name: string): Promise<ManagedProcess>;
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
  expectAlert(cause: string, of: AlertSubject, at?: number): void;
  /** Whether operators have been told of it, or of its end. */
  wasAlerted(cause: string, of: AlertSubject, state?: AlertEntry['state']): boolean;
  close(): Promise<void>;
};

/** What an alert is about; null: the router itself. */
export type AlertSubject = Account | { channel: string } | null;

export type StageOptions = {
  services: Services;
  platform: Platform;
  folder: string;
  quick: boolean;
  env?: Record<string, string>;
  /** The processes are started by the scenario itself, after it took something away. */
  unstarted?: boolean;
};

/** Opens everything and starts the router, unless the scenario does that itself. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { services, platform, folder, quick } = options;
  mkdirSync(folder, { recursive: true });
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const each of closers.splice(0).reverse()) await each();
  };
  try {
    const place = await makePlace(services);
    closers.push(place.drop);
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
    const { name } = place;
    const env = await makeEnvironment({ services, name, appSecret, verifyToken, sandbox, line });
    Object.assign(env, { ALERT_WEBHOOK_URL: inbox.url }, options.env);
    const journal = openJournal<DriverEntry>(folder, 'driver');
    closers.push(() => journal.close());
    const parts = { services, platform, folder, quick, env, sandbox, line, journal, close };
    const stage = assembleStage(parts, appSecret);
    closers.push(() => stage.all.forEach(({ driver }) => driver.stop()));
    closers.push(() => Promise.all(stage.processes.map((each) => each.end('SIGKILL'))));
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
