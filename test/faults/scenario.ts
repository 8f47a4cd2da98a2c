import type { Stage } from './stage.ts';

/** One fault, one row of the table. */
export type Scenario = {
  name: string;
  /** What is done, in a sentence for the table's reader. */
  title: string;
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
