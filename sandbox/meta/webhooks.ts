import { randomUUID } from 'node:crypto';
import { metaBytes } from '../meta-signature.ts';
import {
  type AttemptDeps,
  type AttemptSettings,
  type Delivery,
  type PendingWebhook,
  createAttempts,
} from './webhook-attempts.ts';

/** `duplicate`: two equal POSTs at once. `bad-signature`: signed with another secret, once. */
export type DeliveryMode = 'normal' | 'duplicate' | 'hold' | 'bad-signature';

/** One webhook to be posted. Without a lane it goes out at once, beside all others. */
export type NewWebhook = {
  account: string;
  customer: string | null;
  lane?: string | undefined;
  body: unknown;
};

export type MetaWebhooks<S extends AttemptSettings> = {
  /** Posts the body, signed. Resolves when the first attempt is over, or it is held. */
  post(webhook: NewWebhook): Promise<void>;
  /** From now on, or for the next `count` webhooks. */
  setMode(mode: DeliveryMode, count: number | null): void;
  /** Posts what was held, one after the other, and goes back to normal. Returns how many. */
  release(order: 'as-held' | 'reversed'): number;
  status(): { mode: DeliveryMode; held: number; waiting: number };
  deliveries(): Delivery[];
  readonly settings: S;
  /** Takes up again what was waiting when the sandbox stopped. */
  resume(): void;
  /** Forgets all webhooks, and goes back to the normal mode and settings. */
  reset(): void;
  /** Stops; what is not taken yet stays in the state. */
  close(): void;
};

/** Sends webhooks as Meta does: first attempts in order per lane, repetitions on their own. */
export function createMetaWebhooks<S extends AttemptSettings>(
  deps: Omit<AttemptDeps, 'settings'> & { defaults: () => S },
): MetaWebhooks<S> {
  const { store } = deps;
  const settings = deps.defaults();
  const attempts = createAttempts({ ...deps, settings });
  const lanes = createLanes();
  let held: PendingWebhook[] = [];
  let mode: DeliveryMode = 'normal';
  let left: number | null = null;

  function attempt(lane: string, webhook: PendingWebhook, how: DeliveryMode): Promise<unknown> {
    const copies = how === 'duplicate' ? [1, 2] : [1];
    const options = { badSignature: how === 'bad-signature' };
    return lanes.add(lane, () => Promise.all(copies.map(() => attempts.post(webhook, options))));
  }

  function setMode(next: DeliveryMode, count: number | null): void {
    mode = next;
    left = count;
  }

  return {
    settings,
    setMode,
    async post({ account, customer, lane, body }) {
      const id = randomUUID();
      const webhook: PendingWebhook = {
        ...{ id, account, customer, lane: lane ?? id, body: metaBytes(body).toString('ascii') },
        ...{ firstAt: Date.now(), attempts: 0 },
      };
      const how = mode;
      if (left !== null && --left <= 0) setMode('normal', null);
      store.pending.set(id, webhook);
      attempts.add(webhook, how === 'hold' ? 'held' : 'sending');
      if (how === 'hold') held.push(webhook);
      else await attempt(webhook.lane, webhook, how);
    },
    release(order) {
      const batch = order === 'reversed' ? held.toReversed() : held;
      held = [];
      setMode('normal', null);
      for (const webhook of batch) {
        const delivery = attempts.find(webhook.id);
        if (delivery) delivery.state = 'sending';
        void attempt('released', webhook, 'normal');
      }
      return batch.length;
    },
    status: () => ({ mode, held: held.length, waiting: store.pending.size }),
    deliveries: () => attempts.deliveries(),
    resume() {
      for (const webhook of store.pending.values()) {
        attempts.add(webhook, 'sending');
        void attempt(webhook.lane, webhook, 'normal');
      }
    },
    reset() {
      attempts.reset();
      store.pending.clear();
      held = [];
      setMode('normal', null);
      Object.assign(settings, deps.defaults());
    },
    close: () => attempts.reset(),
  };
}

/** Runs the tasks of one lane one after the other, and lanes beside each other. */
function createLanes(): { add(lane: string, task: () => Promise<unknown>): Promise<unknown> } {
  const ends = new Map<string, Promise<unknown>>();
  return {
    async add(lane, task) {
      const end = (ends.get(lane) ?? Promise.resolve()).then(task);
      ends.set(lane, end);
      await end;
      // Without this a lane would be remembered for every customer that ever wrote.
      if (ends.get(lane) === end) ends.delete(lane);
    },
  };
}
