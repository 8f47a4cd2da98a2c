import { createClock } from './clock.ts';
import { emptyCrm } from './crm/inbox.ts';
import { crmSwitches } from './crm/switches.ts';
import { createCrmTable } from './crm/table.ts';
import { createEventHub } from './event-hub.ts';
import { createFaultQueue } from './faults.ts';
import { createFeed } from './feed.ts';
import { createLedger } from './ledger.ts';
import type { Platform } from './platform.ts';
import { PLATFORMS } from './platforms.ts';
import type { SandboxOptions } from './sandbox.ts';
import { createStateStore } from './saved-state.ts';
import { type SwitchSide, createSwitches } from './switches.ts';
import { createWiring } from './wiring.ts';

/** Everything the routes share. One set per running sandbox. */
export type Parts = ReturnType<typeof createParts>;

/** Makes the parts and ties them together: whatever changes is saved and told to the pages. */
export function createParts(options: SandboxOptions) {
  const { stateFile, appSecret, verifyToken, router = {}, platforms: played = PLATFORMS } = options;
  const store = createStateStore(stateFile);
  const crm = store.part('crm', emptyCrm);
  const hub = createEventHub();
  const changed = () => {
    store.save();
    hub.changed();
  };
  const feed = createFeed(changed);
  const clock = createClock();
  const crmSide = { ledger: createLedger(), faults: createFaultQueue(), switches: crmSwitches };
  const sides: Record<string, SwitchSide> = { crm: crmSide };
  const switches = createSwitches(sides);
  let address = '';
  const origin = () => address;
  const platforms = Object.entries(played).map(([name, create]): Platform => {
    const isOn = (switchName: string) => switches.isOn(name, switchName);
    const saved = <T extends object>(empty: () => T) => store.part(name, empty);
    const parts = create({ saved, isOn, origin, clock, feed, changed, appSecret, verifyToken });
    sides[name] = parts;
    return { name, ...parts };
  });
  const crmTable = createCrmTable(options.crmMysql);
  const wiring = createWiring(router, platforms[0]?.name ?? '');

  /** What happened goes; what was set up (accounts, callback, wiring) stays unless `everything`. */
  function reset(everything: boolean): void {
    switches.reset();
    for (const { ledger, faults } of [crmSide, ...platforms]) {
      ledger.clear();
      faults.replace([]);
    }
    clock.reset();
    feed.clear();
    wiring.trust({ secrets: [], schemes: ['hub', 'standard'] });
    Object.assign(crm, emptyCrm());
    if (everything) {
      wiring.connect({});
      crmTable.connect(null);
    }
    for (const platform of platforms) platform.reset(everything);
    changed();
  }

  return {
    ...{
      crm,
      crmTable,
      origin,
      crmSide,
      hub,
      changed,
      feed,
      clock,
      platforms,
      switches,
      wiring,
      reset,
    },
    /** To be called once the server listens. */
    resume(url: string) {
      address = url;
      for (const platform of platforms) platform.resume();
    },
    close() {
      for (const platform of platforms) platform.close();
      hub.close();
      store.flush();
    },
  };
}
