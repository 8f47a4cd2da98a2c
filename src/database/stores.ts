import type { Config } from '../config.ts';
import type { ChannelRegistry } from '../channels/channel.ts';
import { createAccountHealthStore } from './account-health-store.ts';
import { createAccountStore } from './account-store.ts';
import { createAlertStore } from './alert-store.ts';
import { createApiKeyStore } from './api-key-store.ts';
import { createAutoReplyStore } from './auto-reply-store.ts';
import { createBulkReplayStore } from './bulk-replay-store.ts';
import { createConversationStore } from './conversation-store.ts';
import type { Database } from './database.ts';
import { createDeadLetterQueryStore } from './dead-letter-query-store.ts';
import { createDeadLetterStore } from './dead-letter-store.ts';
import { createDelayStore } from './delay-store.ts';
import { createDeliveryQueryStore } from './delivery-query-store.ts';
import { createDeliveryStore } from './delivery-store.ts';
import { createProbeStore } from './delivering/endpoint-breaker.ts';
import { createHeartbeatStore } from './heartbeat-store.ts';
import { createHoldStore } from './hold-store.ts';
import { createInboundStore } from './inbound-store.ts';
import { createKeyRing } from './key-ring.ts';
import { createMessageActionStore } from './message-action-store.ts';
import { createMessageFetchStore } from './message-fetch-store.ts';
import { createMessageStore } from './message-store.ts';
import { createMirrorStore } from './mirror-store.ts';
import { createMirrorQueryStore } from './mirror-query-store.ts';
import { createOutlookStore } from './outlook-store.ts';
import { createOutboxStore } from './outbox-store.ts';
import { createParkedStore } from './parked-store.ts';
import { createProfileStore } from './profile-store.ts';
import { createReceivedStore } from './received-store.ts';
import { createReconcileStore } from './reconcile-store.ts';
import { createSendStore } from './send-store.ts';

export type Stores = ReturnType<typeof createStores>;

/** Everything that reads or writes PostgreSQL, by what it keeps. */
export function createStores(database: Database, channels: ChannelRegistry, config: Config) {
  const keyRing = createKeyRing(config.ENCRYPTION_KEYS);
  const random = Math.random;
  const inbound = createInboundStore({ database, channels });
  return {
    accounts: createAccountStore({ database, keyRing }),
    accountHealth: createAccountHealthStore({ database, keyRing }),
    autoReplies: createAutoReplyStore({ database, channels }),
    apiKeys: createApiKeyStore(database),
    conversations: createConversationStore(database),
    received: createReceivedStore(database),
    messages: createMessageStore({ database, channels }),
    outlooks: createOutlookStore(database),
    messageActions: createMessageActionStore(database),
    inbound,
    fetches: createMessageFetchStore({ database, inbound, channels }),
    deadLetters: createDeadLetterStore(database),
    delays: createDelayStore(database),
    deadLetterQueries: createDeadLetterQueryStore(database),
    bulkReplays: createBulkReplayStore(database),
    sends: createSendStore({
      database,
      keyRing,
      rules: {
        random,
        givesEvidence: (channel) => channels.get(channel).givesEvidence,
        policy: {
          retryDelaysMs: config.OUTBOUND_RETRY_DELAYS,
          evidenceMs: config.EVIDENCE_WAIT,
          expiryMs: config.OUTBOUND_EXPIRY,
        },
      },
    }),
    deliveries: createDeliveryStore({
      database,
      keyRing,
      random,
      policy: { retryDelaysMs: config.CRM_RETRY_DELAYS, limitMs: config.CRM_RETRY_LIMIT },
      breaker: {
        failures: config.CRM_BREAKER_FAILURES,
        probeDelaysMs: config.CRM_PROBE_DELAYS,
        recoveryPerSecond: config.CRM_RECOVERY_RATE,
      },
    }),
    deliveryQueries: createDeliveryQueryStore(database),
    profiles: createProfileStore(database),
    outbox: createOutboxStore(database),
    parked: createParkedStore(database),
    reconcile: createReconcileStore(database),
    mirror: createMirrorStore(database),
    mirrorQueries: createMirrorQueryStore(database),
    holds: createHoldStore(database),
    alerts: createAlertStore(database),
    probes: createProbeStore(database),
    heartbeats: createHeartbeatStore(database),
  };
}
