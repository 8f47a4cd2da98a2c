import type { Json } from './json.ts';
import type { PendingUpdate } from './state.ts';

/** One update and what became of it. */
export type Delivery = {
  update_id: number;
  account: string;
  /** The chat. */
  customer: string;
  kind: string;
  lane: string;
  payload: Json;
  /** `stopped`: it will not be delivered any more. */
  state: 'held' | 'sending' | 'retrying' | 'delivered' | 'stopped';
  attempts: { at: string; status: number | null; error: string | null; duration_ms: number }[];
};

export type DeliveryLog = {
  add(botId: string, update: PendingUpdate): Delivery;
  find(botId: string, update: PendingUpdate): Delivery | undefined;
  list(): Delivery[];
  clear(): void;
};

const KEPT = 2000;

/** What happened to the newest updates; in memory only. */
export function createDeliveryLog(): DeliveryLog {
  const deliveries = new Map<string, Delivery>();
  const key = (botId: string, { updateId }: PendingUpdate) => `${botId}/${updateId}`;
  return {
    add(botId, update) {
      const { updateId, chatId, kind, lane, payload, held, failures } = update;
      const waiting = failures > 0 ? 'retrying' : 'sending';
      const delivery: Delivery = {
        ...{ update_id: updateId, account: botId, customer: chatId, kind, lane, payload },
        state: held ? 'held' : waiting,
        attempts: [],
      };
      deliveries.set(key(botId, update), delivery);
      if (deliveries.size > KEPT) deliveries.delete(deliveries.keys().next().value ?? '');
      return delivery;
    },
    find: (botId, update) => deliveries.get(key(botId, update)),
    list: () => [...deliveries.values()],
    clear: () => deliveries.clear(),
  };
}
