import { createActivities } from '../activities/index.ts';
import { createSlots } from '../activities/slots.ts';
import { createSendGate } from '../activities/send-gate.ts';
import { createOutcomeSealer } from '../activities/outcome-sealer.ts';
import { createKeyRing } from '../database/key-ring.ts';
import type { Parts } from '../parts.ts';

const REQUESTS_PER_ENDPOINT = 10;

/** The activities over the real ports. */
export function createWorkerActivities(parts: Parts) {
  const { config, stores } = parts;
  return createActivities({
    sends: stores.sends,
    deliveries: stores.deliveries,
    fetches: stores.fetches,
    profiles: stores.profiles,
    deadLetters: stores.deadLetters,
    bulkReplays: stores.bulkReplays,
    mirror: stores.mirror,
    crmTable: parts.crmTable,
    kick: () => parts.dispatcher.kick(),
    accounts: stores.accounts,
    accountHealth: stores.accountHealth,
    autoReplies: stores.autoReplies,
    channels: parts.channels,
    sender: parts.webhooks,
    gate: createSendGate(),
    slots: createSlots(REQUESTS_PER_ENDPOINT),
    sealer: createOutcomeSealer(createKeyRing(config.ENCRYPTION_KEYS)),
    lingerMs: config.CONVERSATION_LINGER,
    logger: parts.logger,
  });
}
