import { loadConfigOrExit } from '../config.ts';
import { RECEIVERS } from '../database/heartbeat-store.ts';
import { createRepeater } from '../dispatcher/repeater.ts';
import { errorClass } from '../logger.ts';
import { openParts, type Parts } from '../parts.ts';
import { closeOnSignal, startOrExit } from '../shutdown.ts';
import { createApp } from './app.ts';
import { ensureFirstAccount } from './first-account.ts';
import { createHealthChecks } from './health-checks.ts';
import type { HealthCheck } from './routes/health.ts';
import { createApiServer } from './server.ts';

export type RunningApi = { url: string; close(): Promise<void> };

const HEARTBEAT_MS = 5_000;
const DRAIN_MS = 10_000;

/** The HTTP process over parts that are open already; `close` leaves them open. */
export async function startApi(parts: Parts): Promise<RunningApi> {
  const { config, logger, stores, dispatcher } = parts;
  if (config.ADMIN_API_KEY)
    await stores.apiKeys.ensure(config.ADMIN_API_KEY, {
      name: 'ADMIN_API_KEY',
      role: 'admin',
      accountIds: '*',
      expiresAt: null,
    });
  const health = createHealthChecks(parts);
  const app = createApp({
    ...stores,
    channels: parts.channels,
    webhooks: parts.webhooks,
    crmTable: parts.crmTable,
    logger,
    health,
    kick: () => dispatcher.kick(),
    settings: {
      publicUrl: config.PUBLIC_URL,
      rateLimitPerMinute: config.RATE_LIMIT_PER_MINUTE,
      mirrorMissing: parts.mirrorMissing,
      defaultWebhook: { url: config.CRM_WEBHOOK_URL, secret: config.CRM_WEBHOOK_SECRET },
    },
  });
  const server = createApiServer({ listener: app.callback(), logger });
  const port = await server.listen(config.PORT, config.HOST);
  const heartbeat = createRepeater(HEARTBEAT_MS, async () => {
    await stores.heartbeats
      .beat(RECEIVERS)
      .catch((error) => logger.warn('no heartbeat could be written', errorClass(error)));
  });
  heartbeat.start();
  heartbeat.runNow();
  logger.info('API is listening', { component: `${config.HOST}:${port}` });
  void ensureFirstAccount(parts);
  void logHealth(parts, health);
  return {
    url: `http://${config.HOST}:${port}`,
    async close() {
      await server.close(DRAIN_MS);
      await heartbeat.stop();
    },
  };
}

/** What an operator reads first after a start: which part can be used and which cannot. */
async function logHealth({ logger }: Parts, checks: HealthCheck[]): Promise<void> {
  const results = await Promise.allSettled(checks.map((each) => each.check()));
  for (const [index, { name }] of checks.entries()) {
    const up = results[index]?.status === 'fulfilled';
    logger[up ? 'info' : 'warn']('health check', { component: name, status: up ? 'UP' : 'DOWN' });
  }
}

if (import.meta.main)
  await startOrExit(async () => {
    const parts = await openParts(loadConfigOrExit(), 'api');
    const api = await startApi(parts);
    closeOnSignal(parts.logger, async () => {
      await api.close();
      await parts.close();
    });
  });
