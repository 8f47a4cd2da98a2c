import { readFileSync } from 'node:fs';
import Koa from 'koa';
import type { ChannelRegistry } from '../channels/channel.ts';
import type { CrmTable } from '../crm/mirror.ts';
import type { WebhookSender } from '../crm/webhook.ts';
import type { AccountHealthStore } from '../database/account-health-store.ts';
import type { AccountStore } from '../database/account-store.ts';
import type { AlertStore } from '../database/alert-store.ts';
import type { ApiKeyStore } from '../database/api-key-store.ts';
import type { AutoReplyStore } from '../database/auto-reply-store.ts';
import type { BulkReplayStore } from '../database/bulk-replay-store.ts';
import type { ConversationStore } from '../database/conversation-store.ts';
import type { DeadLetterQueryStore } from '../database/dead-letter-query-store.ts';
import type { DeliveryQueryStore } from '../database/delivery-query-store.ts';
import type { InboundStore } from '../database/inbound-store.ts';
import type { MessageActionStore } from '../database/message-action-store.ts';
import type { ReceivedStore } from '../database/received-store.ts';
import type { OutlookStore } from '../database/outlook-store.ts';
import type { MessageStore } from '../database/message-store.ts';
import type { MirrorQueryStore } from '../database/mirror-query-store.ts';
import type { Logger } from '../logger.ts';
import { problemDetails } from './errors.ts';
import { accessLog } from './middleware/access-log.ts';
import { authenticate } from './middleware/authenticate.ts';
import { rateLimit } from './middleware/rate-limit.ts';
import { requestId } from './middleware/request-id.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { createOpenApi } from './openapi.ts';
import type { Route } from './route.ts';
import { createRouter, nothingFits } from './router.ts';
import { createAccountHealthRoute } from './routes/account-health.ts';
import { createAccountRoutes } from './routes/accounts.ts';
import { createAlertRoutes } from './routes/alerts.ts';
import { createApiKeyRoutes } from './routes/api-keys.ts';
import { createAutoReplyRoutes } from './routes/auto-replies.ts';
import { createAttachmentRoute } from './routes/attachments.ts';
import { createBulkReplayRoutes } from './routes/bulk-replays.ts';
import { createChannelWebhookRoutes } from './routes/channel-webhooks.ts';
import { createConversationRoutes } from './routes/conversations.ts';
import { createDeadLetterRoutes } from './routes/dead-letters.ts';
import { createDocsRoutes } from './routes/docs.ts';
import { createHealthRoutes, type HealthCheck } from './routes/health.ts';
import { createMessageActionRoutes } from './routes/message-actions.ts';
import { createMarkReadRoute } from './routes/mark-read.ts';
import { createCheckRoute } from './routes/message-check.ts';
import { createMessageDetailRoute } from './routes/message-detail.ts';
import { createMessageRoutes } from './routes/messages.ts';
import { createMirrorRoutes } from './routes/mirror.ts';
import { createRootRoute } from './routes/root.ts';
import { createTemplateRoute } from './routes/templates.ts';
import { createUnifiedSendRoutes } from './routes/unified-send.ts';
import { createWebhookDeliveryRoutes } from './routes/webhook-deliveries.ts';

/** All that the API needs: ports, and the few settings it reads. */
export type AppDeps = {
  messages: MessageStore;
  messageActions: MessageActionStore;
  accounts: AccountStore;
  accountHealth: Pick<AccountHealthStore, 'find'>;
  autoReplies: Pick<AutoReplyStore, 'list' | 'find' | 'create' | 'update' | 'remove'>;
  conversations: ConversationStore;
  received: ReceivedStore;
  outlooks: OutlookStore;
  apiKeys: ApiKeyStore;
  inbound: InboundStore;
  deadLetterQueries: DeadLetterQueryStore;
  deliveryQueries: DeliveryQueryStore;
  bulkReplays: Pick<BulkReplayStore, 'preview' | 'create' | 'find' | 'list' | 'setState'>;
  alerts: Pick<AlertStore, 'list'>;
  mirrorQueries: MirrorQueryStore;
  /** The CRM's own table; null while it gets no copy. */
  crmTable: CrmTable | null;
  channels: ChannelRegistry;
  webhooks: WebhookSender;
  logger: Logger;
  health: HealthCheck[];
  /** Makes the dispatcher look for new work at once. Must not throw. */
  kick(): void;
  settings: {
    /** The address that the documentation shows. */
    publicUrl?: string | undefined;
    /** Requests a minute for each API key; 0: no limit. */
    rateLimitPerMinute: number;
    /** Target and secret of accounts that are created without a webhook URL of their own. */
    defaultWebhook: { url?: string | undefined; secret?: string | undefined };
    /** Variables without which the mirror stays off although it was asked for. */
    mirrorMissing?: string[];
  };
};

/** The API: the order of its middleware, then its routes. */
export function createApp(deps: AppDeps): Koa {
  const { logger, settings } = deps;
  const app = new Koa();
  // Koa would print errors with their values to the console; `problemDetails` logs their class.
  app.silent = true;

  app.use(requestId(logger));
  app.use(accessLog());
  app.use(securityHeaders());
  app.use(problemDetails());

  const router = createRouter(createRoutes(deps), {
    authenticate: authenticate(deps.apiKeys, settings.rateLimitPerMinute),
    rateLimit: rateLimit(settings.rateLimitPerMinute),
  });
  app.use(router.routes());
  app.use(nothingFits());
  return app;
}

/** Every route, in the order of the documentation. */
export function createRoutes(deps: AppDeps): Route[] {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  const documented = [
    ...createMessageRoutes(deps),
    ...createUnifiedSendRoutes(deps),
    createCheckRoute(deps),
    ...createMessageActionRoutes(deps),
    createMessageDetailRoute(deps),
    createAttachmentRoute(deps),
    ...createConversationRoutes(deps),
    createMarkReadRoute(deps),
    ...createAccountRoutes({ ...deps, ...deps.settings }),
    createAccountHealthRoute(deps),
    ...createAutoReplyRoutes(deps),
    createTemplateRoute(deps),
    ...createApiKeyRoutes(deps),
    ...createBulkReplayRoutes(deps),
    ...createDeadLetterRoutes(deps),
    ...createWebhookDeliveryRoutes(deps),
    ...createAlertRoutes(deps.alerts),
    ...createMirrorRoutes(deps),
    ...createChannelWebhookRoutes(deps),
    ...createHealthRoutes(deps.health, deps.logger),
    createRootRoute(version),
  ];
  const openApi = createOpenApi(documented, { version, publicUrl: deps.settings.publicUrl });
  return [...documented, ...createDocsRoutes(openApi)];
}
