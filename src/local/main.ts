import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSandbox, type SandboxOptions } from '../../sandbox/sandbox.ts';
import { ConfigError, loadConfig, type Config } from '../config.ts';
import { mirrorSetting } from '../crm/mysql/settings.ts';
import { startCrmDatabase } from './crm-database.ts';
import { DEMO_CRM_PATH, setUpDemo, type DemoAccess, type DemoChannel } from './demo.ts';
import { localEnvironment } from './environment.ts';
import { claimDataFolder } from './instance.ts';
import { startDatabase, startWorkflowServer } from './parts.ts';
import { requireFreePort } from './ports.ts';
import { createStep } from './progress.ts';
import { startRouter } from './router.ts';
import { loadSecrets, type LocalSecrets } from './secrets.ts';
import { readLocalSettings, type LocalSettings } from './settings.ts';
import { closeOnSignal, createRunning, StoppedError } from './shutdown.ts';
import { formatTable } from './table.ts';
import { ensureWorkflowBundle } from './workflow-bundle.ts';

/**
 * `npm start`: everything on this machine, on 127.0.0.1, with its state in one folder. The parts
 * start in the order of their dependencies and close in the opposite one.
 */
const running = createRunning();
const step = createStep();
closeOnSignal(running);

try {
  const { values: options } = parseArgs({
    options: { 'with-crm-mysql': { type: 'boolean', default: false } },
  });
  const settings = readLocalSettings(process.env);
  await running.start(() => claimDataFolder(settings.DATA_DIR));
  await requireFreePort(settings.PORT, 'the API', 'PORT');
  await requireFreePort(settings.SANDBOX_PORT, 'the sandbox', 'SANDBOX_PORT');
  const secrets = loadSecrets(settings.DATA_DIR);
  const access = await startParts(settings, secrets, options['with-crm-mysql']);
  process.stdout.write(`${describe(access)}\n`);
} catch (error) {
  if (!(error instanceof StoppedError)) {
    // A person reads this: a wrong setting or a taken port is a line, not a stack.
    const withStack = process.env['LOG_LEVEL'] === 'debug' && !(error instanceof ConfigError);
    const { message, stack } = error as Error;
    process.stderr.write(`${withStack ? stack : message}\n`);
    await running.close();
    process.exit(1);
  }
}

async function startParts(
  settings: LocalSettings,
  secrets: LocalSecrets,
  withCrmMysql: boolean,
): Promise<DemoAccess> {
  const databaseUrl = await startDatabase(settings, running, step);
  const crmMysql = withCrmMysql ? await startCrmDatabase(settings, running, step) : {};
  const temporal = await startWorkflowServer(settings, running, step);
  const workflowBundle = await step('Bundling the workflows', () =>
    ensureWorkflowBundle(settings.DATA_DIR),
  );
  const addresses = {
    databaseUrl,
    temporalAddress: temporal.address,
    sandboxUrl: `http://127.0.0.1:${settings.SANDBOX_PORT}`,
    apiUrl: `http://127.0.0.1:${settings.PORT}`,
    workflowBundle,
    crmMysql,
  };
  const config = loadConfig(localEnvironment(process.env, secrets, addresses));
  const { webhookUrl, webhookSecret } = demoTarget(config, addresses.sandboxUrl, secrets);
  const sandbox = await running.start(() =>
    startSandbox({
      port: settings.SANDBOX_PORT,
      stateFile: join(settings.DATA_DIR, 'sandbox.json'),
      appSecret: config.INSTAGRAM_APP_SECRET ?? config.FACEBOOK_APP_SECRET ?? secrets.app_secret,
      verifyToken: config.FACEBOOK_VERIFY_TOKEN ?? secrets.verify_token,
      // Before the router starts: events that waited since the last stop come at once, and one
      // that the demo CRM answers with 401 becomes a dead letter.
      router: { webhook_secret: webhookSecret },
      // Only the one made here: the page has no key, and a real CRM's table is not for everybody.
      ...(withCrmMysql && shownTable(config)),
    }),
  );
  // The one place that knows how API and worker share this process.
  const router = await running.start(() =>
    step('Starting the API and the worker', () => startRouter(config)),
  );
  return step('Setting up the demo', () =>
    setUpDemo({
      dataDir: settings.DATA_DIR,
      api: router.url,
      sandbox: sandbox.url,
      temporal_ui: temporal.uiUrl,
      admin_key: config.ADMIN_API_KEY ?? secrets.admin_api_key,
      verifyToken: config.FACEBOOK_VERIFY_TOKEN ?? secrets.verify_token,
      webhookUrl,
      webhookSecret,
      channels: playedChannels(config, addresses.sandboxUrl),
    }),
  );
}

/** The channels whose platform is the sandbox, and not the real one. */
function playedChannels(config: Config, sandboxUrl: string): DemoChannel[] {
  const urls = {
    instagram: config.INSTAGRAM_API_URL,
    whatsapp: config.WHATSAPP_API_URL,
    telegram: config.TELEGRAM_API_URL,
  };
  const names = Object.keys(urls) as DemoChannel[];
  return names.filter((name) => urls[name].startsWith(sandboxUrl));
}

/** Where the sandbox's page reads what the mirror wrote. */
function shownTable(config: Config): Pick<SandboxOptions, 'crmMysql'> {
  const setting = mirrorSetting(config);
  if (setting.state !== 'on') return {};
  const { host, port, user, password, database, table } = setting;
  return { crmMysql: { host, port, user, password, database, table } };
}

/** A CRM that somebody configured is not replaced by the demo one. */
function demoTarget(config: Config, sandboxUrl: string, secrets: LocalSecrets) {
  return {
    webhookUrl: config.CRM_WEBHOOK_URL ?? `${sandboxUrl}${DEMO_CRM_PATH}`,
    webhookSecret: config.CRM_WEBHOOK_SECRET ?? secrets.crm_webhook_secret,
  };
}

function describe(access: DemoAccess): string {
  const rows: [string, string][] = [
    ['Sandbox page', access.sandbox],
    ['API', access.api],
    ['Swagger', `${access.api}/docs`],
    ...(access.temporal_ui ? [['Temporal', access.temporal_ui] as [string, string]] : []),
    ['API key', access.admin_key],
    ...Object.entries(access.accounts).map(
      ([channel, id]) => [`Demo ${channel}`, id] as [string, string],
    ),
  ];
  return `\nChat4All is running. Stop it with Ctrl-C.\n${formatTable(rows)}`;
}
