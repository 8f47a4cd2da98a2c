import { type TelegramError, refusals } from './errors.ts';
import type { MethodCall, MethodDeps, MethodResult } from './method.ts';
import type { Bot, PendingUpdate } from './state.ts';
import { readAllowed, updateJson } from './update-kinds.ts';

/** The one caller of `getUpdates` that each bot may have waiting. */
export type LongPolls = {
  /** Resolves when there may be something new, or after `ms`. Rejects when another one takes over. */
  wait(bot: Bot, ms: number, signal: AbortSignal): Promise<void>;
  wake(bot: Bot): void;
  /** Turns away the caller who waits, if any. */
  end(bot: Bot, why: TelegramError): void;
  close(): void;
};

export function createLongPolls(): LongPolls {
  type Waiting = { resolve: () => void; reject: (why: TelegramError) => void };
  const waiting = new Map<Bot, Waiting>();
  return {
    async wait(bot, ms, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const own = { resolve, reject };
      waiting.set(bot, own);
      const timer = setTimeout(resolve, ms).unref();
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise.finally(() => {
        clearTimeout(timer);
        if (waiting.get(bot) === own) waiting.delete(bot);
      });
    },
    wake: (bot) => waiting.get(bot)?.resolve(),
    end: (bot, why) => waiting.get(bot)?.reject(why),
    close: () => waiting.forEach(({ resolve }) => resolve()),
  };
}

const MAX_WAIT = 50;
const MAX_UPDATES = 100;

/** https://core.telegram.org/bots/api#getupdates: an offset confirms everything before it. */
export async function getUpdates(deps: MethodDeps, call: MethodCall): Promise<MethodResult> {
  const { queue, polls } = deps;
  const { bot, params, signal } = call;
  if (bot.webhook) throw refusals.webhookActive();
  polls.end(bot, refusals.otherGetUpdates());
  const allowed = params.list('allowed_updates');
  if (allowed) bot.allowedUpdates = readAllowed(allowed);
  confirm(deps, bot, params.integer('offset') ?? 0);
  const limit = Math.min(Math.max(params.integer('limit') ?? MAX_UPDATES, 1), MAX_UPDATES);
  const wait = Math.min(Math.max(params.integer('timeout') ?? 0, 0), MAX_WAIT) * 1000;
  const until = Date.now() + wait;
  let found = inOrder(queue.ready(bot));
  while (found.length === 0 && Date.now() < until && !signal.aborted) {
    await polls.wait(bot, until - Date.now(), signal);
    found = inOrder(queue.ready(bot));
  }
  return { result: found.slice(0, limit).map(updateJson) };
}

function confirm({ queue }: MethodDeps, bot: Bot, offset: number): void {
  const pending = inOrder(queue.ready(bot));
  // A negative offset counts from the end: all but the last few are forgotten.
  const taken =
    offset < 0 ? pending.slice(0, offset) : pending.filter(({ updateId }) => updateId < offset);
  for (const update of taken) queue.remove(bot, update, 'delivered');
}

function inOrder(updates: PendingUpdate[]): PendingUpdate[] {
  return updates.toSorted((left, right) => left.updateId - right.updateId);
}
