import type { Middleware } from 'koa';
import { createFaultQueue } from '../faults.ts';
import { createLedger } from '../ledger.ts';
import type { PlatformDeps, PlatformParts } from '../platform.ts';
import { speakGraph } from '../meta/graph.ts';
import { narrateCalls, narrateDelivery } from '../meta/narrate.ts';
import { createInstagramApi } from './api.ts';
import { refusals } from './errors.ts';
import { createInstagramControl } from './control.ts';
import { narrator } from './narrate.ts';
import { createInstagramPhone } from './phone.ts';
import { DEMO_ACCOUNT, type InstagramState, addDemoData, emptyInstagram } from './state.ts';
import { instagramSwitches } from './switches.ts';
import { createWebhookSender } from './webhooks.ts';

/** The fake Instagram: graph.instagram.com, its webhooks, and the phone of its people. */
export function createInstagram(deps: PlatformDeps): PlatformParts {
  const { clock, feed, appSecret, verifyToken } = deps;
  const state = deps.saved(emptyInstagram);
  const [ledger, faults] = [createLedger(), createFaultQueue()];
  const webhooks = createWebhookSender({
    ...{ state, appSecret, now: clock.now },
    attempted(delivery) {
      narrateDelivery(feed, narrator, delivery);
      deps.changed();
    },
  });
  const windowsClosed = () => deps.isOn('window_closed');
  const api = createInstagramApi({ state, webhooks, now: clock.now, windowsClosed, appSecret });
  return {
    ...{ title: narrator.title, ledger, faults, switches: instagramSwitches },
    credentials: { access_token: DEMO_ACCOUNT.access_token },
    api: [
      narrateCalls(feed, narrator),
      faults.play,
      speakGraph('instagram', refusals),
      api.routes() as Middleware,
    ],
    control: createInstagramControl({ state, webhooks, clock, verifyToken }).routes() as Middleware,
    phone: createInstagramPhone({ state, webhooks, now: clock.now, windowsClosed }),
    reset(everything) {
      webhooks.reset();
      forget(state, everything);
    },
    resume: () => webhooks.resume(),
    close: () => webhooks.close(),
  };
}

function forget(state: InstagramState, everything: boolean): void {
  state.threads.clear();
  for (const account of state.accounts.values())
    for (const token of account.tokens) token.state = 'valid';
  if (everything) Object.assign(state, emptyInstagram());
  addDemoData(state);
}
