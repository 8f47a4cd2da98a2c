import type { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { createChannels } from './channels/registry.ts';
import type { ChannelRegistry } from './channels/channel.ts';
import { describeConfig, type Config } from './config.ts';
import { createCrmMirror } from './crm/crm-mirror.ts';
import type { CrmTable } from './crm/mirror.ts';
import { createWebhookSender } from './crm/webhook-sender.ts';
import type { WebhookSender } from './crm/webhook.ts';
import { createDatabase, type Database } from './database/database.ts';
import { migrate } from './database/migrate.ts';
import { createOrm } from './database/orm.ts';
import { createStores, type Stores } from './database/stores.ts';
import { createAlertSender } from './dispatcher/alert-sender.ts';
import { createDispatcher, type Dispatcher } from './dispatcher/dispatcher.ts';
import { createDelaySweep } from './dispatcher/delay-sweep.ts';
import { createProbeSweep } from './dispatcher/sweeps.ts';
import { createTemporalGateway, type TemporalGateway } from './dispatcher/temporal-gateway.ts';
import { createLogger, errorClass, type Logger } from './logger.ts';

/** What an API and a worker are both made of. Opened once per process, also where both run in one. */
export type Parts = {
  config: Config;
  logger: Logger;
  database: Database;
  stores: Stores;
  channels: ChannelRegistry;
  webhooks: WebhookSender;
  /** The CRM's own table; null while the mirror is off. */
  crmTable: CrmTable | null;
  /** What is not set, where the mirror was asked for and is off all the same. */
  mirrorMissing: string[];
  temporal: TemporalGateway;
  dispatcher: Dispatcher;
  /** Called when Temporal answers again after it did not. */
  onTemporalReachable(listener: () => void): void;
  close(): Promise<void>;
};

/** Whoever waits for an answer is told within five seconds that there will be none. */
const DEADLINE_MS = 4_500;

/**
 * Opens the database (and brings it up to date), the channels and the way to Temporal.
 * `deadlineMs`: how long PostgreSQL may take to answer.
 */
export async function openParts(
  config: Config,
  service: string,
  options: { channels?: ChannelRegistry | undefined; deadlineMs?: number } = {},
): Promise<Parts> {
  const logger = createLogger({
    service,
    level: config.LOG_LEVEL,
    pretty: config.ENVIRONMENT === 'development' && process.stdout.isTTY === true,
  });
  logger.info('configuration', { settings: describeConfig(config) });
  const orm = await createOrm({ url: config.DATABASE_URL, poolSize: config.DATABASE_POOL_SIZE });
  try {
    const { channels = createChannels(config), deadlineMs = DEADLINE_MS } = options;
    return await assemble({ config, logger, channels, deadlineMs }, orm);
  } catch (error) {
    await orm.close();
    throw error;
  }
}

type Given = Pick<Parts, 'config' | 'logger' | 'channels'> & { deadlineMs: number };

async function assemble(given: Given, orm: MikroORM): Promise<Parts> {
  const { config, logger, channels, deadlineMs } = given;
  const applied = await migrate(orm).catch((error: unknown) => {
    const { error_class, error_code } = errorClass(error);
    const words = wordsOf(error);
    throw new Error(
      `DATABASE_URL: PostgreSQL could not be opened and brought up to date ` +
        `(${error_code ?? error_class}${words === null ? '' : `: ${words}`}); is it running, and do address and password fit?`,
    );
  });
  if (applied.length > 0) logger.info('database migrated', { count: applied.length });
  const { crmTable, missing: mirrorMissing } = createCrmMirror(config, logger);
  const database = await createDatabase(orm, { deadlineMs, mirror: crmTable !== null });
  const stores = createStores(database, channels, config);
  if (config.OUTBOUND_HOLD) {
    const count = await stores.holds.holdOpenMessages();
    logger.warn('OUTBOUND_HOLD: open messages are unconfirmed now; start without it next', {
      count,
    });
  }
  const webhooks = createWebhookSender({
    timeoutMs: config.CRM_WEBHOOK_TIMEOUT,
    allowedNetworks: config.WEBHOOK_ALLOWED_NETWORKS,
    requireHttps: config.ENVIRONMENT === 'production',
    logger,
  });
  const temporal = createTemporalGateway(config);
  const listeners: (() => void)[] = [];
  const dispatcher = createDispatcher({
    outbox: stores.outbox,
    temporal,
    logger,
    onReachable: () => listeners.forEach((listener) => listener()),
  });
  dispatcher.start();
  const kick = () => dispatcher.kick();
  const chores = startChores({ config, logger, stores, webhooks, crmTable, kick });
  return {
    config,
    logger,
    database,
    stores,
    channels,
    webhooks,
    crmTable,
    mirrorMissing,
    temporal,
    dispatcher,
    onTemporalReachable: (listener) => void listeners.push(listener),
    async close() {
      await Promise.all(chores.map((chore) => chore.stop()));
      await dispatcher.stop();
      await temporal.close();
      await webhooks.close();
      await crmTable?.close();
      await orm.close();
    },
  };
}

/** The server's own words name a setting, a role or a table; the ORM wraps them in its statement. */
function wordsOf(error: unknown): string | null {
  let words: string | null = null;
  for (let each = error; each instanceof Error; each = each.cause ?? (each as Wrapping).previous)
    if (each instanceof pg.DatabaseError) words = each.message;
  return words;
}

type Wrapping = { previous?: unknown };

/** What every process looks after, whichever of them is alive: endpoints, delays, and alerts. */
function startChores(
  deps: Pick<Parts, 'config' | 'logger' | 'stores' | 'webhooks' | 'crmTable'> & { kick(): void },
) {
  const { config, logger, stores, webhooks } = deps;
  const url = config.ALERT_WEBHOOK_URL;
  const chores = [
    createProbeSweep({ probes: stores.probes, logger, kick: deps.kick }),
    createDelaySweep({ delays: stores.delays, logger, kick: deps.kick }),
    createAlertSender({
      alerts: stores.alerts,
      sender: webhooks,
      target: url ? { url, secret: config.ALERT_WEBHOOK_SECRET } : null,
      logger,
      // What was queued before it was turned off is no trouble.
      thresholds: deps.crmTable === null ? { mirrorMs: Infinity } : {},
    }),
  ];
  for (const chore of chores) chore.start();
  return chores;
}
