import { randomUUID } from 'node:crypto';
import type { AppDeps } from '../../../src/api/app.ts';
import { type Channel, ChannelError } from '../../../src/channels/channel.ts';
import { createInstagram } from '../../../src/channels/instagram/index.ts';
import { createWebhookSender } from '../../../src/crm/webhook-sender.ts';
import type { WebhookPost } from '../../../src/crm/webhook.ts';
import type { Caller } from '../../../src/database/api-key-store.ts';
import type { InboundRequest } from '../../../src/database/inbound-store.ts';
import type { LogFields, Logger } from '../../../src/logger.ts';
import { createFakeAccounts } from './fake-accounts.ts';
import { createFakeAccountHealth, createFakeAutoReplies } from './fake-automation.ts';
import { createFakeApiKeys } from './fake-api-keys.ts';
import { createFakeConversations } from './fake-conversations.ts';
import { anOutlook, createFakeOutlooks } from './fake-outlooks.ts';
import { createFakeMessages } from './fake-messages.ts';
import { createFakeMirror } from './fake-mirror.ts';
import {
  createFakeAlerts,
  createFakeBulkReplays,
  createFakeDeadLetters,
  createFakeDeliveries,
  createFakeMessageActions,
} from './fake-operations.ts';

export const APP_SECRET = 'meta-app-secret';
export const VERIFY_TOKEN = 'verify-me';
export const OUR_INSTAGRAM = '17841400000000001';

/** Keys that every test app knows. `scoped…` may use `acc_mine` only. */
export const KEYS = {
  admin: 'key-of-an-admin',
  crm: 'key-of-a-crm',
  scopedCrm: 'key-of-a-crm-for-one-account',
  scopedAdmin: 'key-of-an-admin-for-one-account',
};

const callers: Record<string, Caller> = {
  [KEYS.admin]: { keyId: 'key_admin', role: 'admin', accountIds: '*' },
  [KEYS.crm]: { keyId: 'key_crm', role: 'crm', accountIds: '*' },
  [KEYS.scopedCrm]: { keyId: 'key_scoped', role: 'crm', accountIds: ['acc_mine'] },
  [KEYS.scopedAdmin]: { keyId: 'key_scoped_admin', role: 'admin', accountIds: ['acc_mine'] },
};

export type LogLine = { level: string; message: string; fields: LogFields };

export function createFakeLogger(lines: LogLine[], bound: LogFields = {}): Logger {
  const write = (level: string) => (message: string, fields?: LogFields) =>
    void lines.push({ level, message, fields: { ...bound, ...fields } });
  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    child: (fields) => createFakeLogger(lines, { ...bound, ...fields }),
  };
}

/** What tests look at and steer: everything behind the ports. */
export type World = ReturnType<typeof createWorld>;

export function createWorld() {
  const logs: LogLine[] = [];
  const world = {
    logs,
    accounts: createFakeAccounts(),
    accountHealth: createFakeAccountHealth(),
    autoReplies: createFakeAutoReplies(),
    messages: createFakeMessages(),
    messageActions: createFakeMessageActions(),
    deadLetters: createFakeDeadLetters(),
    deliveries: createFakeDeliveries(),
    bulkReplays: createFakeBulkReplays(),
    alerts: createFakeAlerts(),
    conversations: createFakeConversations(),
    mirror: createFakeMirror(),
    outlook: anOutlook(),
    apiKeys: createFakeApiKeys(callers),
    /** What the platform says of a token; `validateCredentials` throws it if it is an error. */
    identity: { externalId: OUR_INSTAGRAM, username: 'our_shop' } as
      { externalId: string; username: string | null } | ChannelError,
    connectError: null as ChannelError | null,
    /** What the channel has besides, or instead. */
    channel: {} as Partial<Channel>,
    connected: [] as string[],
    disconnected: [] as string[],
    inbound: [] as InboundRequest[],
    inboundError: null as Error | null,
    webhooks: [] as WebhookPost[],
    webhookStatus: 200 as number | null,
    kicks: 0,
    down: new Set<string>(),
  };
  return world;
}

function fakeChannel(world: World): Channel {
  const real = createInstagram({
    apiUrl: 'http://127.0.0.1:9/v25.0',
    appSecrets: [APP_SECRET],
    verifyToken: VERIFY_TOKEN,
  });
  return {
    ...real,
    async validateCredentials() {
      if (world.identity instanceof ChannelError) throw world.identity;
      return world.identity;
    },
    async connectAccount(account) {
      if (world.connectError) throw world.connectError;
      world.connected.push(account.id);
    },
    async disconnectAccount(account) {
      world.disconnected.push(account.id);
      if (world.connectError) throw world.connectError;
    },
  };
}

/** Judges addresses as the router does; nothing is sent with it. */
const sender = createWebhookSender({ timeoutMs: 1, allowedNetworks: [], requireHttps: false });

export function createFakeDeps(world: World, settings: Partial<AppDeps['settings']> = {}): AppDeps {
  const channel = fakeChannel(world);
  const check = (name: string, required: boolean) => ({
    name,
    required,
    async check() {
      if (world.down.has(name)) throw new Error(`${name} is away`);
    },
  });
  return {
    messages: world.messages.store,
    messageActions: world.messageActions.store,
    deadLetterQueries: world.deadLetters.store,
    deliveryQueries: world.deliveries.store,
    bulkReplays: world.bulkReplays.store,
    alerts: world.alerts.store,
    mirrorQueries: world.mirror.store,
    crmTable: world.mirror.table,
    accounts: world.accounts.store,
    accountHealth: world.accountHealth.store,
    autoReplies: world.autoReplies.store,
    conversations: world.conversations.store,
    received: world.conversations.received,
    outlooks: createFakeOutlooks(world.outlook),
    apiKeys: world.apiKeys.store,
    inbound: {
      async receive(request) {
        if (world.inboundError) throw world.inboundError;
        world.inbound.push(request);
        const unreadable = request.events.filter((each) => each.kind === 'unreadable').length;
        const messages = request.events
          .filter((each) => each.kind === 'message')
          .map(() => ({
            messageId: randomUUID(),
            accountId: 'acc_mine',
            conversationId: 'conv_mine',
          }));
        return { stored: request.events.length, duplicates: 0, unreadable, messages };
      },
    },
    channels: {
      names: () => ['instagram'],
      has: (name) => name === 'instagram',
      get: () => ({ ...channel, ...world.channel }),
    },
    webhooks: {
      problemWith: sender.problemWith,
      async post(request) {
        world.webhooks.push(request);
        const answered = world.webhookStatus !== null;
        return {
          statusCode: world.webhookStatus,
          errorClass: answered ? null : 'timeout',
          retryAfterMs: null,
          durationMs: 12.5,
          excerpt: answered ? 'thanks' : '',
        };
      },
    },
    logger: createFakeLogger(world.logs),
    health: [check('postgresql', true), check('temporal', false), check('worker', false)],
    kick: () => void (world.kicks += 1),
    settings: { rateLimitPerMinute: 0, defaultWebhook: {}, ...settings },
  };
}
