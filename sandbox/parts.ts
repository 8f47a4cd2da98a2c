import { createClock } from './clock.ts';
import { emptyCrm } from './crm/inbox.ts';
import { createEventHub } from './event-hub.ts';
import { createFaultQueue } from './faults.ts';
import { createFeed } from './feed.ts';
import { narrateDelivery } from './instagram/narrate.ts';
import { addDemoData, emptyInstagram } from './instagram/state.ts';
import { createWebhookSender } from './instagram/webhooks.ts';
import { createLedger } from './ledger.ts';
import type { SandboxOptions } from './sandbox.ts';
import { createStateStore } from './saved-state.ts';
import { createSwitches } from './switches.ts';
import { createWiring } from './wiring.ts';

/** Everything the routes share. One set per running sandbox. */
export type Parts = ReturnType<typeof createParts>;

/** Makes the parts and ties them together: whatever changes is saved and told to the pages. */
export function createParts({ stateFile, appSecret, verifyToken, router = {} }: SandboxOptions) {
  const store = createStateStore(stateFile);
  const { instagram, crm } = store.state;
  const hub = createEventHub();
  const changed = () => {
    store.save();
    hub.changed();
  };
  const feed = createFeed(changed);
  const clock = createClock();
  const sides = {
    instagram: { ledger: createLedger(), faults: createFaultQueue() },
    crm: { ledger: createLedger(), faults: createFaultQueue() },
  };
  const switches = createSwitches({
    instagram: sides.instagram.faults,
    crm: sides.crm.faults,
  });
  const webhooks = createWebhookSender({
    state: instagram,
    appSecret,
    now: clock.now,
    attempted(delivery) {
      narrateDelivery(feed, delivery);
      changed();
    },
  });
  const wiring = createWiring(router);

  /** What happened goes; what was set up (accounts, callback, wiring) stays unless `everything`. */
  function reset(everything: boolean): void {
    webhooks.reset();
    for (const { ledger, faults } of Object.values(sides)) {
      ledger.clear();
      faults.replace([]);
    }
    switches.reset();
    clock.reset();
    feed.clear();
    wiring.trust({ secrets: [], schemes: ['hub', 'standard'] });
    Object.assign(crm, emptyCrm());
    instagram.threads.clear();
    for (const account of instagram.accounts.values())
      for (const token of account.tokens) token.state = 'valid';
    if (everything) {
      Object.assign(instagram, emptyInstagram());
      wiring.connect({});
    }
    addDemoData(instagram);
    changed();
  }

  return {
    ...{
      store,
      instagram,
      crm,
      hub,
      changed,
      feed,
      clock,
      sides,
      switches,
      webhooks,
      wiring,
      reset,
    },
    appSecret,
    verifyToken,
    close() {
      webhooks.close();
      hub.close();
      store.flush();
    },
  };
}
