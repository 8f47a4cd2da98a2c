import { RequestError } from './http.ts';
import type { FaultQueue } from './faults.ts';
import type { Switch } from './platform.ts';

/** A side of the router that can go wrong: a platform, or the CRM. */
export type SwitchSide = { faults: FaultQueue; switches: Switch[] };

export type Switches = {
  /** Turns it on or off; false if it was so already. Throws {@link RequestError} 404. */
  set(side: string, name: string, on: boolean): boolean;
  isOn(side: string, name: string): boolean;
  /** The sides that have a switch of this name. Throws {@link RequestError} 400 if none has. */
  sidesOf(name: string): string[];
  /** The switches of one side, for the page. */
  list(side: string): { name: string; title: string; hint: string; on: boolean }[];
  /** By name; on where it is on anywhere. */
  all(): Record<string, boolean>;
  reset(): void;
};

/** Puts each switch's fault behind the queue of the side that it breaks. */
export function createSwitches(sides: Record<string, SwitchSide>): Switches {
  const on = new Set<string>();
  const key = (side: string, name: string) => `${side}/${name}`;
  const has = (side: string, name: string) =>
    sides[side]?.switches.find((candidate) => candidate.name === name);
  function set(side: string, name: string, turnOn: boolean): boolean {
    const found = has(side, name);
    if (!found) throw new RequestError(404, `There is no switch "${name}" on ${side}.`);
    if (on.has(key(side, name)) === turnOn) return false;
    if (turnOn) on.add(key(side, name));
    else on.delete(key(side, name));
    sides[side]?.faults.stand(name, turnOn ? found.fault : null);
    return true;
  }
  return {
    set,
    isOn: (side, name) => on.has(key(side, name)),
    sidesOf(name) {
      const found = Object.keys(sides).filter((side) => has(side, name));
      if (found.length > 0) return found;
      throw new RequestError(400, 'The body does not fit.', [`/${name}: there is no such switch`]);
    },
    list: (side) =>
      (sides[side]?.switches ?? []).map(({ name, title, hint }) => ({
        ...{ name, title, hint },
        on: on.has(key(side, name)),
      })),
    all: () =>
      Object.fromEntries(
        Object.entries(sides)
          .flatMap(([side, { switches }]) =>
            switches.map(({ name }) => [name, on.has(key(side, name))] as const),
          )
          .toSorted(([, left], [, right]) => Number(left) - Number(right)),
      ),
    reset() {
      for (const each of [...on]) {
        const [side = '', name = ''] = each.split('/');
        set(side, name, false);
      }
    },
  };
}
