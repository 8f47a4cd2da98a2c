import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { request } from '../sandbox/http.ts';
import {
  ALLOWED,
  type Place,
  openTelegram,
  playEcho,
  playEverything,
  playSamples,
} from './customer.ts';
import { type Installed, install } from './install.ts';
import { LIBRARIES, type Library } from './libraries.ts';
import { type Step, runScript } from './run-script.ts';

/**
 * `npm run test:libraries [-- --only telegraf,grammy]`: installs the libraries into a folder of its
 * own, starts the sandbox alone, and lets each of them use it as its documents say. Fails where one
 * does not understand an answer. It needs Python, npm, and their registries, so CI does not run it.
 */
const { values } = parseArgs({ options: { only: { type: 'string' } } });
const print = (text: string) => process.stdout.write(`${text}\n`);
const APP = { appSecret: 'app-secret', verifyToken: 'verify-token' };
const CUSTOMER = { telegram: '5001', whatsapp: '491511234567' };

async function main(): Promise<boolean> {
  const only = values.only?.split(',');
  const chosen = LIBRARIES.filter(({ name }) => only?.includes(name) ?? true);
  const folder = mkdtempSync(join(tmpdir(), 'chat4all-libraries-'));
  const sandbox = await startSandbox({ port: 0, ...APP });
  let passed = chosen.length > 0;
  try {
    print(`Installing ${chosen.map(({ name }) => name).join(', ')} …`);
    const installed = await install(folder, chosen);
    await request('PUT', `${sandbox.url}/control/telegram/settings`, { set_webhook_gap_ms: 0 });
    for (const [index, library] of chosen.entries()) {
      const steps = await use(sandbox, library, { installed: installed(library), index });
      passed = report(library, steps) && passed;
    }
  } finally {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return passed;
}

type Use = { installed: Installed; index: number };

function use(sandbox: Sandbox, library: Library, given: Use): Promise<Step[]> {
  return library.platform === 'telegram'
    ? useTelegram(sandbox, given)
    : useWhatsApp(sandbox, given);
}

/** A bot for each library: what one leaves behind meets no other. */
async function useTelegram({ url }: Sandbox, { installed, index }: Use): Promise<Step[]> {
  const account = String(7_100_000_100 + index);
  const token = `${account}:AAlibrary-test_000000000000000000000`;
  const place: Place = {
    ...{ sandbox: url, account, customer: CUSTOMER.telegram },
    group: String(-4001 - index),
  };
  const bot = { bot_token: token, username: `library_${index}_bot` };
  await request('POST', `${url}/control/telegram/accounts`, bot);
  await openTelegram(place);
  const env = {
    ...{ SANDBOX: url, TOKEN: token, CHAT: place.customer, GROUP: place.group },
    ALLOWED: JSON.stringify(ALLOWED),
  };
  return runScript(installed, env, async (ready) => {
    const made = ready === 'polling' ? await playEverything(place) : 0;
    await playEcho(place, 'telegram');
    return made + 1;
  });
}

async function useWhatsApp({ url }: Sandbox, { installed, index }: Use): Promise<Step[]> {
  const [phone, waba] = [`10654000000010${index}`, `10229000000010${index}`];
  const control = (method: string, path: string, body: object) =>
    request(method, `${url}/control/whatsapp${path}`, body);
  await control('POST', '/accounts', {
    ...{ phone_number_id: phone, waba_id: waba, access_token: 'EAAlibrary' },
    display_phone_number: '15550100077',
  });
  const place = { sandbox: url, account: phone, customer: CUSTOMER.whatsapp, group: '' };
  const path = `/customers/${place.customer}/messages`;
  await control('POST', path, { account: phone, text: 'hello' });
  const env = {
    ...{ SANDBOX: url, TOKEN: 'EAAlibrary', PHONE: phone, WABA: waba },
    ...{ CUSTOMER: `+${place.customer}`, CHAT: '0', GROUP: '0', ALLOWED: '[]' },
    ...{ APP_SECRET: APP.appSecret, VERIFY_TOKEN: APP.verifyToken },
  };
  return runScript(installed, env, async (ready) => {
    await control('PUT', '/webhook', { url: ready, verify_token: APP.verifyToken });
    await request('POST', `${url}/whatsapp/${waba}/subscribed_apps`, undefined, {
      authorization: 'Bearer EAAlibrary',
    });
    await playSamples(place);
    await playEcho(place, 'whatsapp');
    return 1;
  });
}

function report({ name, version }: Library, steps: Step[]): boolean {
  const failed = steps.filter(({ ok }) => !ok);
  print(`${name} ${version}: ${steps.length - failed.length} of ${steps.length}`);
  for (const { step, detail } of failed) print(`  ✗ ${step}: ${detail ?? ''}`);
  return steps.length > 0 && failed.length === 0;
}

process.exitCode = (await main()) ? 0 : 1;
