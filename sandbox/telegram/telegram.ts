import { createFaultQueue } from '../faults.ts';
import { createLedger } from '../ledger.ts';
import type { PlatformDeps, PlatformParts } from '../platform.ts';
import { createTelegramApi, hideToken } from './api.ts';
import { addDemoData, emptyTelegram, nextFirstMessageId } from './chats.ts';
import { createTelegramControl } from './control.ts';
import { createDeliveryLog } from './delivery-log.ts';
import { createExecutor } from './execute.ts';
import { createFiles } from './files.ts';
import { createFlood } from './flood.ts';
import { createLongPolls } from './long-polls.ts';
import type { MethodDeps } from './method.ts';
import { narrateCalls, narrateDelivery } from './narrate.ts';
import { createPeopleActions } from './people.ts';
import { createTelegramPhone } from './phone.ts';
import { defaultSettings } from './settings.ts';
import { DEMO_BOT, type Bot, type TelegramState } from './state.ts';
import { telegramSwitches } from './switches.ts';
import { createUpdateQueue } from './update-queue.ts';
import { createWebhookSender } from './webhook-sender.ts';

/** The fake Telegram: the Bot API, its update queues, and the phones of its people. */
export function createTelegram({ saved, clock, feed, changed }: PlatformDeps): PlatformParts {
  const state = saved(emptyTelegram);
  const [ledger, faults] = [createLedger(hideToken), createFaultQueue()];
  const [settings, log, polls] = [defaultSettings(), createDeliveryLog(), createLongPolls()];
  const { now } = clock;
  const flood = createFlood({ settings });
  const files = createFiles({ state, settings, now });
  const queue = createUpdateQueue({ state, log, now, added: (bot) => tell(bot) });
  const webhooks = createWebhookSender({
    ...{ queue, log, settings, now },
    execute: (bot, method, values) => void execute(bot, method, values),
    attempted(_bot, delivery) {
      narrateDelivery(feed, delivery);
      changed();
    },
  });
  const methods: MethodDeps = { state, settings, now, files, flood, queue, polls, webhooks };
  const execute = createExecutor({ methods, ledger, changed });
  const people = createPeopleActions({ state, settings, now, queue, files });

  function tell(bot: Bot): void {
    polls.wake(bot);
    webhooks.pump(bot);
  }

  return {
    ...{ title: 'Telegram', ledger, faults, switches: telegramSwitches },
    credentials: { bot_token: DEMO_BOT.bot_token },
    api: [narrateCalls(feed), faults.play, createTelegramApi(methods)],
    control: createTelegramControl({ state, settings, clock, queue, log, people }),
    phone: createTelegramPhone({ state, people, files, log }),
    reset(everything) {
      webhooks.stop();
      polls.close();
      queue.reset();
      log.clear();
      flood.clear();
      files.clear();
      Object.assign(settings, defaultSettings());
      forget(state, everything);
    },
    resume: () => state.bots.forEach((bot) => webhooks.pump(bot)),
    close() {
      webhooks.close();
      polls.close();
    },
  };
}

function forget(state: TelegramState, everything: boolean): void {
  const firstMessageId = nextFirstMessageId(state.chats.values());
  state.chats.clear();
  state.people.clear();
  for (const bot of state.bots.values())
    Object.assign(bot, { revoked: false, pending: [], queries: [] });
  if (everything) Object.assign(state, emptyTelegram(), { chats: new Map() });
  state.firstMessageId = firstMessageId;
  addDemoData(state);
}
