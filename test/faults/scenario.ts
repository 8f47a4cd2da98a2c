import type { Platform } from './platforms/platform.ts';
import type { Stage } from './stage.ts';

/** One fault, one row of the table. */
export type Scenario = {
  name: string;
  /** What is done, in a sentence for the table's reader. */
  title: string;
  /** Instagram unless it says otherwise. */
  platform?: Platform;
  /** Over the suite's own, which compress hours to seconds. */
  env?: Record<string, string>;
  unstarted?: boolean;
  /** How long the router has to finish once the fault is over. */
  settleMs?: number;
  /** The fault may leave some of its messages `unconfirmed`. */
  allowsUnconfirmed?: boolean;
  /** Injects the fault and ends it; how many times it did. */
  run(stage: Stage): Promise<number>;
};

/** Rows that run for every platform: the first one has the plain name. */
export function nameFor(name: string, { channel }: Platform): string {
  return channel === 'instagram' ? name : `${name}-${channel}`;
}
