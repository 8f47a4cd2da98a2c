import type { DelayStore } from '../database/delay-store.ts';
import { errorClass, type Logger } from '../logger.ts';
import { createRepeater, type Repeater } from './repeater.ts';

/** So many events at once do not stand in the way of those that say what became of messages. */
const LIMIT = 200;

/** Tells the CRM of messages that wait for long, whatever they wait for. */
export function createDelaySweep(deps: {
  delays: DelayStore;
  logger: Logger;
  kick(): void;
  everyMs?: number;
}): Repeater {
  const sweep = createRepeater(deps.everyMs ?? 5_000, async () => {
    try {
      const told = await deps.delays.announce(LIMIT);
      if (told > 0) deps.kick();
      if (told === LIMIT) sweep.runNow();
    } catch (error) {
      deps.logger.warn('delayed messages could not be announced', errorClass(error));
    }
  });
  return sweep;
}
