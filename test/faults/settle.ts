import { setTimeout as pause } from 'node:timers/promises';
import { tailCrm, wasTaken } from './ledger.ts';
import type { Stage } from './stage.ts';

type Event = { type?: string; data?: { message_id?: string; text?: string | null } } | null;

const OUTCOME = /^message\.(sent|failed|unconfirmed)$/;

/**
 * Waits until the CRM has heard of everything that the driver was promised; how many are missing
 * after `limitMs`. It only says when to look: what it sees is judged by the checker, from journals.
 */
export async function settle(stage: Stage, limitMs: number): Promise<number> {
  const promised = () => stage.all.flatMap(({ driver }) => [...driver.accepted, ...driver.taken]);
  const told = new Set<string>();
  const tail = tailCrm(stage);
  const end = Date.now() + limitMs;
  for (;;) {
    for (const call of (await tail()).filter(wasTaken)) {
      const { type = '', data } = (call.body as Event) ?? {};
      if (OUTCOME.test(type)) told.add(data?.message_id ?? '');
      if (type === 'message.received') told.add(data?.text ?? '');
    }
    const missing = promised().filter((each) => !told.has(each)).length;
    if (missing === 0 || Date.now() > end) return missing;
    await pause(100);
  }
}
