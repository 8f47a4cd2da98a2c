import { condition, setCurrentDetails } from '@temporalio/workflow';

/** What a step waits for, in words for the operator; `delayMs` null: until something wakes it. */
type Wait = { delayMs: number | null; reason: string };

/** No wait is longer without a look at PostgreSQL: a wake-up that was lost costs an hour, not a day. */
const LONGEST_WAIT_MS = 3_600_000;

/** Waits as a step says, or until it is woken; the operator sees for what. */
export async function wait({ delayMs, reason }: Wait, isWoken: () => boolean): Promise<void> {
  setCurrentDetails(`Waiting: ${reason}`);
  const longest = Math.min(delayMs ?? LONGEST_WAIT_MS, LONGEST_WAIT_MS);
  await condition(isWoken, longest, { summary: `wait: ${reason}` });
  setCurrentDetails('');
}
