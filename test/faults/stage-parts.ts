import { join } from 'node:path';
import { freePort } from '../../src/local/ports.ts';
import { request } from '../sandbox/http.ts';
import { addAccount, introduce } from './accounts.ts';
import { createDriver } from './driver.ts';
import { readJournals } from './journal.ts';
import { createManagedProcess, type ManagedProcess } from './managed-process.ts';
import type { Platform } from './platforms/platform.ts';
import type { AlertSubject, Stage } from './stage.ts';

type Parts = Pick<
  Stage,
  'services' | 'platform' | 'folder' | 'quick' | 'env' | 'sandbox' | 'line' | 'journal' | 'close'
>;

/** The stage of the platform that is given, over processes that have not been started. */
export function assembleStage(parts: Parts, appSecret: string): Stage {
  const processes = createProcesses(parts);
  const all: Stage[] = [];
  const on = (platform: Platform): Stage => {
    const stage: Stage = {
      ...parts,
      ...createCalls({ ...parts, platform }, appSecret, () => stage),
      ...processes,
      all,
      platform,
      account: { id: '', externalId: '', number: 0 },
      async beside(other) {
        const guest = on(other);
        await introduce(guest);
        return guest;
      },
    };
    all.push(stage);
    return stage;
  };
  return on(parts.platform);
}

function createProcesses({
  env,
  journal,
  folder,
}: Parts): Pick<Stage, 'api' | 'worker' | 'processes' | 'addWorker'> {
  const create = (name: string, main: 'api' | 'worker', port: string | undefined) =>
    createManagedProcess({
      name,
      main: `src/${main}/main.ts`,
      environment: () => ({
        ...env,
        ...(main === 'worker' && { WORKER_HEALTH_PORT: port ?? '' }),
      }),
      readyUrl: `http://127.0.0.1:${port}/health/live`,
      logFile: join(folder, `${name}.log`),
      onExit: (code, signal) =>
        journal.write({ kind: 'exit', at: Date.now(), process: name, code, signal }),
    });
  const api = create('api', 'api', env['PORT']);
  const worker = create('worker', 'worker', env['WORKER_HEALTH_PORT']);
  const processes: ManagedProcess[] = [api, worker];
  return {
    api,
    worker,
    processes,
    async addWorker(name) {
      const added = create(name, 'worker', String(await freePort()));
      processes.push(added);
      return added;
    },
  };
}

type Calls = Pick<
  Stage,
  | ('driver' | 'call' | 'control' | 'onPlatform' | 'addAccount')
  | ('note' | 'finding' | 'expectAlert' | 'wasAlerted')
>;

/** What a scenario does on the stage of one platform. */
function createCalls(parts: Parts, appSecret: string, stage: () => Stage): Calls {
  const { platform, env, sandbox, journal, folder } = parts;
  const apiUrl = `http://127.0.0.1:${env['PORT']}`;
  const key = env['ADMIN_API_KEY'] ?? '';
  const control: Stage['control'] = async (method, path, body) => {
    const { status, body: answer } = await request(method, `${sandbox.url}/control${path}`, body);
    if (status >= 300) throw new Error(`${method} /control${path}: ${JSON.stringify(answer)}`);
    return answer as never;
  };
  return {
    driver: createDriver({
      api: apiUrl,
      apiKey: key,
      appSecret,
      platform,
      account: () => stage().account,
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
    addAccount: (number, more) => addAccount(stage(), number, more),
    note: (what) => journal.write({ kind: 'note', at: Date.now(), what }),
    finding: (what) => journal.write({ kind: 'finding', at: Date.now(), what }),
    expectAlert: (cause, of, at = Date.now()) =>
      journal.write({ kind: 'alert_due', at, cause, account: subjectOf(of) }),
    wasAlerted: (cause, of, state = 'raised') =>
      readJournals(folder).alerts.some(
        (each) => each.cause === cause && each.account === subjectOf(of) && each.state === state,
      ),
  };
}

function subjectOf(of: AlertSubject): string | null {
  if (of === null) return null;
  return 'channel' in of ? of.channel : of.id;
}
