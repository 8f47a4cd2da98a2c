import type { Phone, PhoneMessage } from '../../../sandbox/phone.ts';
import type { Hill, Puff, SmokeState } from './platform.ts';

/** What of Smoke can be seen and done on the sandbox's page. */
export function createSmokePhone(
  state: SmokeState,
  write: (hill: Hill, text: string) => void,
): Phone {
  const hillOf = (customerId: string) => state.hills.find(({ id }) => id === customerId);
  return {
    account() {
      const id = state.fires[0]?.id ?? 'nobody';
      return { id, name: id };
    },
    missing: () => (state.fires.length > 0 ? [] : ['POST /control/smoke/accounts makes a fire.']),
    customers: () =>
      state.hills.map(({ id, name, puffs }) => {
        const last = puffs.at(-1);
        const [preview, at] = [last?.text ?? null, last?.at ?? null];
        return { id, name, username: id, preview, at, unseen: 0 };
      }),
    open(customerId) {
      const hill = hillOf(customerId);
      return hill ? { window: null, messages: hill.puffs.map(shown) } : null;
    },
    telling: () => null,
    add(name) {
      const id = `hill-${state.hills.length + 1}`;
      state.hills.push({ fire: state.fires[0]?.id ?? '', id, name, puffs: [] });
      return id;
    },
    write(customerId, { text = '' }) {
      const hill = hillOf(customerId);
      if (hill) write(hill, text);
    },
  };
}

function shown({ id, from, text, at }: Puff): PhoneMessage {
  const nothing = { status: null, deleted: false, edited: false, quote: null, note: null };
  return { id, from, text, at, media: [], reactions: [], buttons: [], ...nothing };
}
