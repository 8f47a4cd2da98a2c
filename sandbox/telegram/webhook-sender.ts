import { randomInt } from 'node:crypto';
import type { Delivery, DeliveryLog } from './delivery-log.ts';
import { type Json, asciiJson } from './json.ts';
import type { TelegramSettings } from './settings.ts';
import type { Bot, PendingUpdate, Webhook } from './state.ts';
import { updateJson } from './update-kinds.ts';
import type { UpdateQueue } from './update-queue.ts';
import { type WebhookAnswer, postUpdate } from './webhook-call.ts';

export type WebhookSender = {
  /** Posts what is due, and comes back for the rest by itself. */
  pump(bot: Bot): void;
  /** Ends what is on its way; the queues stay. */
  stop(): void;
  /** The same, for good. */
  close(): void;
};

export type WebhookSenderDeps = {
  queue: UpdateQueue;
  log: DeliveryLog;
  settings: TelegramSettings;
  now: () => number;
  /** Told after each attempt. */
  attempted: (bot: Bot, delivery: Delivery) => void;
  /** Executes the call that a webhook's answer asked for. */
  execute: (bot: Bot, method: string, values: Json) => void;
};

/** Seconds: repetitions double up to a random cap between this and twice this. */
const MAX_GAP = 60;

/**
 * Posts the updates of each bot: one lane in order, lanes beside each other up to
 * `max_connections`. A failed update is repeated at once, then after 2, 4, 8, … seconds, and holds
 * up its lane until it is taken or expires.
 */
export function createWebhookSender(deps: WebhookSenderDeps): WebhookSender {
  const { queue, log, settings, now } = deps;
  const busy = new Map<Bot, Set<string>>();
  const timers = new Map<Bot, NodeJS.Timeout>();
  /** Real milliseconds before which an update is not tried again. */
  const due = new WeakMap<PendingUpdate, number>();
  let stopping = new AbortController();

  function pump(bot: Bot): void {
    clearTimeout(timers.get(bot));
    const { webhook } = bot;
    if (!webhook || stopping.signal.aborted) return;
    const inFlight = busy.get(bot) ?? new Set();
    busy.set(bot, inFlight);
    const seen = new Set(inFlight);
    let wakeAt = Infinity;
    for (const update of queue.ready(bot)) {
      if (inFlight.size >= webhook.maxConnections) return;
      if (seen.has(update.lane)) continue;
      seen.add(update.lane);
      const at = due.get(update) ?? 0;
      if (at > Date.now()) wakeAt = Math.min(wakeAt, at);
      else {
        inFlight.add(update.lane);
        const { signal } = stopping;
        void post(bot, webhook, update).finally(() => {
          inFlight.delete(update.lane);
          if (!signal.aborted) pump(bot);
        });
      }
    }
    if (wakeAt === Infinity) return;
    timers.set(bot, setTimeout(() => pump(bot), wakeAt - Date.now() + 1).unref());
  }

  async function post(bot: Bot, webhook: Webhook, update: PendingUpdate): Promise<void> {
    const { signal } = stopping;
    const mode = queue.modeOf(bot, update);
    const { url, secretToken } = webhook;
    const call = {
      url,
      secretToken: mode === 'bad-secret' ? `not-${secretToken ?? 'it'}` : secretToken,
      body: asciiJson(updateJson(update)),
      timeoutMs: settings.timeout_ms,
      stopped: signal,
    };
    const at = new Date().toISOString();
    const begun = performance.now();
    const answers = await Promise.all(
      mode === 'duplicate' ? [postUpdate(call), postUpdate(call)] : [postUpdate(call)],
    );
    // An answer to a webhook that was replaced meanwhile says nothing about the new one.
    if (signal.aborted || bot.webhook !== webhook) return;
    const answer = answers.find(({ error }) => error === null) ?? answers[0];
    if (!answer) return;
    const { status, error } = answer;
    const delivery = log.find(bot.id, update) ?? log.add(bot.id, update);
    delivery.attempts.push({ at, status, error, duration_ms: performance.now() - begun });
    if (mode === 'bad-secret') queue.remove(bot, update, error === null ? 'delivered' : 'stopped');
    else if (error === null) taken(bot, webhook, update, answers);
    else failed({ bot, webhook, update, answer, delivery });
    deps.attempted(bot, delivery);
  }

  function taken(bot: Bot, webhook: Webhook, update: PendingUpdate, answers: WebhookAnswer[]) {
    webhook.goneSince = null;
    queue.remove(bot, update, 'delivered');
    for (const { call } of answers) if (call) deps.execute(bot, call.method, call.values);
  }

  function failed({ bot, webhook, update, answer, delivery }: Failure): void {
    webhook.lastError = { at: now(), message: answer.error ?? '' };
    if (answer.status !== 410) webhook.goneSince = null;
    else if (webhook.goneSince === null) webhook.goneSince = now();
    else if (now() - webhook.goneSince > settings.gone_after_ms) bot.webhook = null;
    let gap = answer.retryAfter;
    if (gap === 0 && update.failures > 0) {
      update.delay = Math.min(update.delay * 2, randomInt(MAX_GAP, MAX_GAP * 2 + 1));
      gap = update.delay;
    }
    const gapMs = gap * 1000 * settings.retry_scale;
    if (now() + gapMs > update.expiresAt) return queue.remove(bot, update, 'stopped');
    update.failures += 1;
    delivery.state = 'retrying';
    due.set(update, Date.now() + gapMs);
  }

  function close(): void {
    stopping.abort();
    timers.forEach((timer) => clearTimeout(timer));
    timers.clear();
    busy.clear();
  }

  return {
    pump,
    close,
    stop() {
      close();
      stopping = new AbortController();
    },
  };
}

type Failure = {
  bot: Bot;
  webhook: Webhook;
  update: PendingUpdate;
  answer: WebhookAnswer;
  delivery: Delivery;
};
