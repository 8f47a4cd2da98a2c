import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEMO_ACCOUNT } from '../../sandbox/sandbox.ts';
import type { DemoAccess } from '../../src/local/demo.ts';
import { freePort } from '../../src/local/ports.ts';
import { createStep } from '../../src/local/progress.ts';
import { findTemporalCli } from '../../src/local/temporal-cli.ts';
import { createManagedProcess } from '../faults/managed-process.ts';
import { until } from '../faults/until.ts';
import { ask } from '../support/router-http.ts';

/** What `npm start` gives a newcomer: the router, its servers and the sandbox, with their state. */
export type RunningCopy = {
  access: DemoAccess;
  /** Where its document was saved. */
  openApiFile: string;
  /** Lets the demo account write to a customer who has said nothing. */
  openWindow(customer: string): Promise<void>;
  /** What a customer has on the platform, oldest first. */
  received(customer: string): Promise<(string | null)[]>;
  close(): Promise<void>;
};

/** Starts a copy on free ports, with its state in `folder`. Throws when it does not come up. */
export async function startCopy(folder: string): Promise<RunningCopy> {
  mkdirSync(folder, { recursive: true });
  const environment = await environmentOf(folder);
  const api = `http://127.0.0.1:${environment['PORT']}`;
  const copy = createManagedProcess({
    name: 'the router',
    main: 'src/local/main.ts',
    environment: () => environment,
    readyUrl: `${api}/health/ready`,
    logFile: join(folder, 'router.log'),
    onExit: (code) => process.stderr.write(`The router ended with ${code}.\n`),
  });
  const close = async () => void (await copy.end('SIGTERM'));
  try {
    await copy.start();
    const access = await readAccess(join(folder, 'demo.json'));
    const openApiFile = join(folder, 'openapi.json');
    await save(`${api}/openapi.json`, openApiFile);
    return { access, openApiFile, close, ...customersOf(access.sandbox) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function environmentOf(folder: string): Promise<Record<string, string>> {
  const names = ['PORT', 'SANDBOX_PORT', 'POSTGRES_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'];
  const ports: Record<string, string> = {};
  for (const name of names) ports[name] = String(await freePort());
  const ours = process.env['DATA_DIR'] || fileURLToPath(new URL('../../.data', import.meta.url));
  const cli = await findTemporalCli(ours, createStep(), process.env['TEMPORAL_CLI'] || undefined);
  // A tool that tries every operation makes more requests than a CRM.
  return { ...ports, DATA_DIR: folder, TEMPORAL_CLI: cli, RATE_LIMIT_PER_MINUTE: '0' };
}

/** The demo is set up after the API is ready; the file is its last step. */
async function readAccess(file: string): Promise<DemoAccess> {
  let access: DemoAccess | undefined;
  await until('the demo is set up', 60_000, () => {
    try {
      access = JSON.parse(readFileSync(file, 'utf8')) as DemoAccess;
    } catch {
      return false;
    }
    return true;
  });
  return access as DemoAccess;
}

async function save(url: string, file: string): Promise<void> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}`);
  writeFileSync(file, await answer.text());
}

type Thread = { messages: { from: string; text: string | null }[] };

/** Customers of the demo account, by the sandbox's control API. */
function customersOf(sandbox: string): Pick<RunningCopy, 'openWindow' | 'received'> {
  const url = (customer: string) => `${sandbox}/control/instagram/customers/${customer}`;
  const account = DEMO_ACCOUNT.instagram_account_id;
  return {
    async openWindow(customer) {
      const body = { account, window: 'open' };
      const answer = await ask('PUT', url(customer), body);
      if (answer.status !== 200) throw new Error(`The sandbox answers ${answer.status}.`);
    },
    async received(customer) {
      const { body } = await ask<{ data: Thread[] }>('GET', url(customer));
      const messages = body.data.flatMap((thread) => thread.messages);
      return messages.filter(({ from }) => from === 'business').map(({ text }) => text);
    },
  };
}
