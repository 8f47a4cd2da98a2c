import { hubSignature } from '../meta-signature.ts';

/** A webhook that the callback URL has not taken yet. */
export type PendingWebhook = {
  id: string;
  /** The product's account, and the person it is about, if it is about one. */
  account: string;
  customer: string | null;
  /** First attempts of one lane go out one after the other. */
  lane: string;
  body: string;
  firstAt: number;
  attempts: number;
};

/** How webhooks behave; a test changes what it needs through control. */
export type AttemptSettings = {
  /** Milliseconds before each repetition; the last gap repeats until the limit. */
  retry_delays_ms: number[];
  /** Multiplies every gap: 0.001 makes seconds out of hours. */
  retry_scale: number;
  /** Milliseconds after the first attempt when the platform stops trying. */
  stop_after_ms: number;
  /** Milliseconds the receiver has to answer. */
  timeout_ms: number;
};

/** One webhook and what became of it. */
export type Delivery = {
  id: string;
  account: string;
  customer: string | null;
  body: unknown;
  state: 'held' | 'sending' | 'retrying' | 'delivered' | 'stopped';
  attempts: { at: string; status: number | null; error: string | null; duration_ms: number }[];
};

export type AttemptDeps = {
  /** Holds what is not taken yet: part of the saved state. */
  store: { pending: Map<string, PendingWebhook> };
  /** The callback URL that counts now for webhooks of this account; null: nobody to tell. */
  callbackUrl: (account: string) => string | null;
  appSecret: string;
  settings: AttemptSettings;
  /** Told after each attempt. */
  attempted: (delivery: Delivery) => void;
};

export type Attempts = {
  /** Makes the delivery known; it is posted by {@link Attempts.post}. */
  add(webhook: PendingWebhook, state: Delivery['state']): Delivery;
  /** One POST, and the next one planned where it was not taken. Never throws. */
  post(webhook: PendingWebhook, options: { badSignature: boolean }): Promise<void>;
  deliveries(): Delivery[];
  find(id: string): Delivery | undefined;
  /** Forgets everything, whatever is on its way included. */
  reset(): void;
};

const KEPT = 2000;

/** Posts webhooks and repeats them until they are taken or the limit is reached. */
export function createAttempts(deps: AttemptDeps): Attempts {
  const { store, callbackUrl, appSecret, settings, attempted } = deps;
  const deliveries = new Map<string, Delivery>();
  const timers = new Map<string, NodeJS.Timeout>();
  let stopping = new AbortController();

  async function post(webhook: PendingWebhook, { badSignature }: { badSignature: boolean }) {
    const { signal } = stopping;
    const delivery = deliveries.get(webhook.id);
    if (!delivery || signal.aborted) return;
    webhook.attempts += 1;
    const at = new Date().toISOString();
    const begun = performance.now();
    const secret = badSignature ? `not ${appSecret}` : appSecret;
    const url = callbackUrl(webhook.account);
    const answer = await call(url, secret, webhook.body, settings.timeout_ms, signal);
    if (signal.aborted) return;
    delivery.attempts.push({ at, ...answer, duration_ms: performance.now() - begun });
    settle(webhook, delivery, answer.status, badSignature);
    attempted(delivery);
  }

  function settle(
    webhook: PendingWebhook,
    delivery: Delivery,
    status: number | null,
    once: boolean,
  ): void {
    // A second copy that fails after the first was taken must not start a schedule of its own.
    if (delivery.state === 'delivered') return;
    const taken = status !== null && status >= 200 && status < 300;
    const over = Date.now() - webhook.firstAt >= settings.stop_after_ms;
    clearTimeout(timers.get(webhook.id));
    if (taken || over || once) {
      delivery.state = taken ? 'delivered' : 'stopped';
      store.pending.delete(webhook.id);
      timers.delete(webhook.id);
      return;
    }
    delivery.state = 'retrying';
    const gaps = settings.retry_delays_ms;
    const gap = (gaps[webhook.attempts - 1] ?? gaps.at(-1) ?? 1000) * settings.retry_scale;
    const again = setTimeout(() => void post(webhook, { badSignature: false }), gap).unref();
    timers.set(webhook.id, again);
  }

  return {
    post,
    add({ id, account, customer, body }, first) {
      const delivery: Delivery = {
        ...{ id, account, customer, body: JSON.parse(body) },
        ...{ state: first, attempts: [] },
      };
      deliveries.set(id, delivery);
      if (deliveries.size > KEPT) deliveries.delete(deliveries.keys().next().value ?? '');
      return delivery;
    },
    deliveries: () => [...deliveries.values()],
    find: (id) => deliveries.get(id),
    reset() {
      stopping.abort();
      stopping = new AbortController();
      timers.forEach((timer) => clearTimeout(timer));
      timers.clear();
      deliveries.clear();
    },
  };
}

/** Posts these bytes, signed, with the headers Meta sends. Never throws. */
async function call(
  url: string | null,
  secret: string,
  body: string,
  timeout: number,
  stopped: AbortSignal,
): Promise<{ status: number | null; error: string | null }> {
  if (!url) return { status: null, error: 'no callback URL is registered' };
  const bytes = Buffer.from(body, 'ascii');
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'facebookexternalua',
        'x-hub-signature-256': hubSignature(secret, bytes),
      },
      body: bytes,
      redirect: 'manual',
      signal: AbortSignal.any([stopped, AbortSignal.timeout(timeout)]),
    });
    await answer.arrayBuffer();
    return { status: answer.status, error: null };
  } catch (error) {
    const late = (error as Error).name === 'TimeoutError';
    return { status: null, error: late ? 'no answer in time' : 'could not be reached' };
  }
}
