import { randomUUID } from 'node:crypto';
import { metaBytes } from '../meta-signature.ts';
import { type InstagramState, type PendingWebhook, threadKey } from './state.ts';
import {
  type Delivery,
  type WebhookSettings,
  createAttempts,
  defaultWebhookSettings,
} from './webhook-attempts.ts';

/** `duplicate`: two equal POSTs at once. `bad-signature`: signed with another secret, once. */
export type DeliveryMode = 'normal' | 'duplicate' | 'hold' | 'bad-signature';

export type WebhookSender = {
  /** Posts one body with these messaging items, unless the account or the app has no subscription. */
  emit(accountId: string, customerId: string | null, messaging: object[]): void;
  /** Posts any body, signed; `lane` keeps first attempts in order. */
  emitBody(lane: string, body: unknown): void;
  /** From now on, or for the next `count` webhooks. */
  setMode(mode: DeliveryMode, count: number | null): void;
  /** Posts what was held, one after the other, and goes back to normal. Returns how many. */
  release(order: 'as-held' | 'reversed'): number;
  status(): { mode: DeliveryMode; held: number; waiting: number };
  deliveries(): Delivery[];
  readonly settings: WebhookSettings;
  /** Takes up again what was waiting when the sandbox stopped. */
  resume(): void;
  /** Forgets all webhooks, and goes back to the normal mode and settings. */
  reset(): void;
  /** Stops; what is not taken yet stays in the state. */
  close(): void;
};

export type WebhookDeps = {
  state: InstagramState;
  appSecret: string;
  now: () => number;
  /** Told after each attempt. */
  attempted: (delivery: Delivery) => void;
};

/** Sends webhooks as Meta does: first attempts in order per thread, repetitions on their own. */
export function createWebhookSender({
  state,
  appSecret,
  now,
  attempted,
}: WebhookDeps): WebhookSender {
  const settings = defaultWebhookSettings();
  const attempts = createAttempts({ state, appSecret, settings, attempted });
  const lanes = createLanes();
  let held: PendingWebhook[] = [];
  let mode: DeliveryMode = 'normal';
  let left: number | null = null;

  function post(lane: string, webhook: PendingWebhook, how: DeliveryMode): void {
    const copies = how === 'duplicate' ? [1, 2] : [1];
    const options = { badSignature: how === 'bad-signature' };
    lanes.add(lane, () => Promise.all(copies.map(() => attempts.post(webhook, options))));
  }

  function emitBody(lane: string, body: unknown): void {
    const text = metaBytes(body).toString('ascii');
    const webhook: PendingWebhook = {
      id: randomUUID(),
      threadKey: lane,
      body: text,
      firstAt: Date.now(),
      attempts: 0,
    };
    const how = mode;
    if (left !== null && --left <= 0) setMode('normal', null);
    state.pending.set(webhook.id, webhook);
    attempts.add(webhook, how === 'hold' ? 'held' : 'sending');
    if (how === 'hold') held.push(webhook);
    else post(lane, webhook, how);
  }

  function setMode(next: DeliveryMode, count: number | null): void {
    mode = next;
    left = count;
  }

  return {
    settings,
    emitBody,
    setMode,
    emit(accountId, customerId, messaging) {
      if (!state.callbackUrl || !state.accounts.get(accountId)?.subscribedFields) return;
      const entry = [{ id: accountId, time: now(), messaging }];
      emitBody(threadKey(accountId, customerId ?? ''), { object: 'instagram', entry });
    },
    release(order) {
      const batch = order === 'reversed' ? held.toReversed() : held;
      held = [];
      setMode('normal', null);
      for (const webhook of batch) {
        const delivery = attempts.find(webhook.id);
        if (delivery) delivery.state = 'sending';
        post('released', webhook, 'normal');
      }
      return batch.length;
    },
    status: () => ({ mode, held: held.length, waiting: state.pending.size }),
    deliveries: () => attempts.deliveries(),
    resume() {
      for (const webhook of state.pending.values()) {
        attempts.add(webhook, 'sending');
        post(webhook.threadKey, webhook, 'normal');
      }
    },
    reset() {
      attempts.reset();
      state.pending.clear();
      held = [];
      setMode('normal', null);
      Object.assign(settings, defaultWebhookSettings());
    },
    close: () => attempts.reset(),
  };
}

/** Runs the tasks of one lane one after the other, and lanes beside each other. */
function createLanes(): { add(lane: string, task: () => Promise<unknown>): void } {
  const ends = new Map<string, Promise<unknown>>();
  return {
    add(lane, task) {
      const end = (ends.get(lane) ?? Promise.resolve()).then(task);
      ends.set(lane, end);
      void end.then(() => {
        // Without this a lane would be remembered for every customer that ever wrote.
        if (ends.get(lane) === end) ends.delete(lane);
      });
    },
  };
}
