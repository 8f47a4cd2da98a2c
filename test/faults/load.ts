import { setTimeout as pause } from 'node:timers/promises';
import type { Stage } from './stage.ts';

/** Conversations that go on while a fault is injected. */
export type Load = {
  /** Lets what was begun be accepted, and begins nothing more. */
  stop(): Promise<void>;
};

export type LoadOptions = {
  /** Conversations beside each other; each says and hears one thing after the other. */
  customers: number;
  /** Milliseconds between one thing and the next in a conversation. */
  everyMs: number;
  /** Begins the customers' ids, where a scenario makes load more than once. */
  name?: string;
};

/** In every conversation: the customer writes, the CRM answers, a pause, and again. */
export function startLoad(stage: Stage, { customers, everyMs, name = 'load' }: LoadOptions): Load {
  let stopped = false;
  async function converse(customer: string): Promise<void> {
    for (let at = 0; !stopped; at += 1) {
      await stage.driver.hear(customer, `in ${customer} ${at}`);
      await stage.driver.send(customer, `out ${customer} ${at}`);
      await pause(everyMs);
    }
  }
  const conversations = Promise.all(
    Array.from({ length: customers }, (_, at) => converse(`${name}-${at}`)),
  );
  // Told by `stop`; until then it must not end the suite.
  conversations.catch(() => undefined);
  return {
    async stop() {
      stopped = true;
      await conversations;
    },
  };
}

/** Waits until the driver was promised so much more than it was when this began. */
export async function untilMore(stage: Stage, count: number, limitMs = 60_000): Promise<void> {
  const total = () => stage.driver.accepted.length + stage.driver.taken.length;
  const goal = total() + count;
  const end = Date.now() + limitMs;
  while (total() < goal) {
    if (Date.now() > end) throw new Error(`the router took less than ${count} in ${limitMs} ms`);
    await pause(20);
  }
}
