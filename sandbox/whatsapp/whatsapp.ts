import type { Middleware } from 'koa';
import { createFaultQueue } from '../faults.ts';
import { createLedger } from '../ledger.ts';
import { speakGraph } from '../meta/graph.ts';
import { narrateCalls, narrateDelivery } from '../meta/narrate.ts';
import type { PlatformDeps, PlatformParts } from '../platform.ts';
import { createWhatsAppApi } from './api.ts';
import { createWhatsAppControl } from './control.ts';
import { createCustomerActions } from './customer.ts';
import { refusals } from './errors.ts';
import { createFailurePlan } from './failure-plan.ts';
import { createMediaStore } from './media.ts';
import { createNarrator } from './narrate.ts';
import { createOwnerActions } from './owner.ts';
import { createWhatsAppPhone } from './phone.ts';
import { DEMO_WHATSAPP_ACCOUNT, type WhatsAppState, addDemoData, emptyWhatsApp } from './state.ts';
import { createStatuses } from './statuses.ts';
import { whatsAppSwitches } from './switches.ts';
import { createWhatsAppWebhooks } from './webhooks.ts';

/** The fake WhatsApp Cloud API: graph.facebook.com, its webhooks, and the phone of its people. */
export function createWhatsApp(deps: PlatformDeps): PlatformParts {
  const { clock, feed, appSecret, verifyToken } = deps;
  const { now } = clock;
  const state = deps.saved(emptyWhatsApp);
  const [ledger, faults, plan] = [createLedger(), createFaultQueue(), createFailurePlan()];
  const narrator = createNarrator(state);
  const webhooks = createWhatsAppWebhooks({
    ...{ state, appSecret, now },
    attempted(delivery) {
      narrateDelivery(feed, narrator, delivery);
      deps.changed();
    },
  });
  const media = createMediaStore({ state, now, origin: deps.origin });
  const statuses = createStatuses({ webhooks, now });
  const actions = createCustomerActions({ state, webhooks, statuses, media, now });
  const owner = createOwnerActions({ state, webhooks, media, now });
  const windowsClosed = () => deps.isOn('window_closed');
  const shared = { state, webhooks, statuses, media, plan, actions, owner, now, windowsClosed };
  const api = createWhatsAppApi({ ...shared, verifyToken });
  const control = createWhatsAppControl({ ...shared, verifyToken });
  return {
    ...{ title: narrator.title, ledger, faults, switches: whatsAppSwitches },
    credentials: { access_token: DEMO_WHATSAPP_ACCOUNT.access_token },
    api: [
      narrateCalls(feed, narrator),
      faults.play,
      speakGraph('whatsapp', refusals),
      api.routes() as Middleware,
    ],
    control: control.routes() as Middleware,
    phone: createWhatsAppPhone(shared),
    reset(everything) {
      statuses.reset();
      webhooks.reset();
      plan.replace([]);
      forget(state, everything);
    },
    resume() {
      webhooks.resume();
      followAgain(state, statuses);
    },
    close() {
      statuses.reset();
      webhooks.close();
    },
  };
}

function forget(state: WhatsAppState, everything: boolean): void {
  state.threads.clear();
  state.groups.clear();
  state.media.clear();
  for (const account of state.accounts.values())
    for (const token of account.tokens) token.state = 'valid';
  if (everything) Object.assign(state, emptyWhatsApp());
  addDemoData(state);
}

/** What was accepted just before a restart still gets its statuses. */
function followAgain(state: WhatsAppState, statuses: ReturnType<typeof createStatuses>): void {
  for (const thread of state.threads.values()) {
    const account = state.accounts.get(thread.accountId);
    for (const message of thread.messages)
      if (account && message.from === 'business' && message.status === 'accepted')
        void statuses.follow(account, message, thread, [thread]);
  }
}
