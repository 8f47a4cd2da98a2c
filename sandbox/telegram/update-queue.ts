import type { Delivery, DeliveryLog } from './delivery-log.ts';
import type { Bot, PendingUpdate, TelegramState } from './state.ts';
import { isAllowed } from './update-kinds.ts';

/**
 * `duplicate`: two equal POSTs at once. `bad-secret`: posted once with another secret, then dropped.
 * Both mean nothing to `getUpdates`.
 */
export type DeliveryMode = 'normal' | 'duplicate' | 'hold' | 'bad-secret';

export type NewUpdate = Pick<PendingUpdate, 'kind' | 'lane' | 'chatId' | 'payload' | 'expiresAt'>;

export type UpdateQueue = {
  /** Queues it, unless the bot does not want this kind. Returns the id, or null. */
  add(bot: Bot, update: NewUpdate): number | null;
  /** What may be delivered now, in order; what has expired is gone. */
  ready(bot: Bot): PendingUpdate[];
  /** Takes it out of the queue. */
  remove(bot: Bot, update: PendingUpdate, state: Delivery['state']): void;
  clear(bot: Bot): void;
  modeOf(bot: Bot, update: PendingUpdate): DeliveryMode;
  /** From now on, or for the next `count` updates. */
  setMode(mode: DeliveryMode, count: number | null): void;
  /** Lets go of what was held, and goes back to normal. Returns how many. */
  release(order: 'as-held' | 'reversed'): number;
  status(): { mode: DeliveryMode; held: number; waiting: number };
  /** Forgets the mode; the queues are part of the state. */
  reset(): void;
};

export type UpdateQueueDeps = {
  state: TelegramState;
  log: DeliveryLog;
  now: () => number;
  /** Told when there is something new to deliver. */
  added: (bot: Bot) => void;
};

/** The update queues of all bots. */
export function createUpdateQueue({ state, log, now, added }: UpdateQueueDeps): UpdateQueue {
  let mode: DeliveryMode = 'normal';
  let left: number | null = null;
  const modes = new WeakMap<PendingUpdate, DeliveryMode>();
  const bots = () => [...state.bots.values()];

  function take(): DeliveryMode {
    const how = mode;
    if (left !== null && --left <= 0) setMode('normal', null);
    return how;
  }

  function setMode(next: DeliveryMode, count: number | null): void {
    mode = next;
    left = count;
  }

  function remove(bot: Bot, update: PendingUpdate, end: Delivery['state']): void {
    bot.pending = bot.pending.filter((candidate) => candidate !== update);
    const delivery = log.find(bot.id, update);
    if (delivery) delivery.state = end;
  }

  return {
    setMode,
    remove,
    add(bot, given) {
      if (!isAllowed(bot, given.kind)) return null;
      const how = take();
      const update: PendingUpdate = {
        ...given,
        updateId: bot.nextUpdateId++,
        failures: 0,
        delay: 1,
        held: how === 'hold',
      };
      modes.set(update, how);
      bot.pending.push(update);
      log.add(bot.id, update);
      if (!update.held) added(bot);
      return update.updateId;
    },
    ready(bot) {
      const at = now();
      for (const update of bot.pending) if (update.expiresAt <= at) remove(bot, update, 'stopped');
      return bot.pending.filter(({ held }) => !held);
    },
    clear(bot) {
      for (const update of bot.pending) remove(bot, update, 'stopped');
    },
    modeOf: (_bot, update) => modes.get(update) ?? 'normal',
    release(order) {
      let released = 0;
      for (const bot of bots()) {
        const held = bot.pending.filter((update) => update.held);
        released += held.length;
        for (const update of held) letGo(bot, update, order);
        if (order === 'reversed')
          bot.pending = [...held.toReversed(), ...bot.pending.filter((one) => !held.includes(one))];
        added(bot);
      }
      setMode('normal', null);
      return released;
    },
    status() {
      const pending = bots().flatMap((bot) => bot.pending);
      return { mode, held: pending.filter(({ held }) => held).length, waiting: pending.length };
    },
    reset: () => setMode('normal', null),
  };

  function letGo(bot: Bot, update: PendingUpdate, order: 'as-held' | 'reversed'): void {
    update.held = false;
    // In its own lane it would be put in order again.
    if (order === 'reversed') update.lane = 'reversed';
    const delivery = log.find(bot.id, update);
    if (delivery) Object.assign(delivery, { state: 'sending', lane: update.lane });
  }
}
