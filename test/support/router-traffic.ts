import { randomUUID } from 'node:crypto';
import { until } from '../sandbox/http.ts';
import {
  type Expected,
  type Findings,
  judgeEvents,
  judgeSends,
  readLedger,
  tookEffect,
} from './observe.ts';
import type { RouterUnderTest } from './router.ts';

/** Conversations that go on whatever happens to the router's processes. */
export type Traffic = {
  /** Waits until so many outgoing messages have been accepted since the start. */
  untilAccepted(count: number): Promise<void>;
  /** Waits for the end of the conversations, and until both sides have heard of every message. */
  finish(limitMs: number): Promise<void>;
  /** What the platform and the CRM saw, beside what was said. */
  judge(): Promise<{ sends: Findings; events: Findings }>;
};

/** Each customer says `rounds` things, and is told as many. Runs in the background. */
export function startTraffic(
  router: RouterUnderTest,
  options: { name: string; customers: number; rounds: number },
): Traffic {
  const expectedOut: Expected = {};
  const expectedIn: Expected = {};
  let accepted = 0;
  const customers = Array.from({ length: options.customers }, (_, at) => `${options.name}-${at}`);

  async function speak(customer: string): Promise<void> {
    const said: string[] = (expectedIn[customer] = []);
    const told: string[] = (expectedOut[customer] = []);
    await router.openWindow(customer);
    for (let at = 0; at < options.rounds; at += 1) {
      said.push(`in ${customer} ${at}`);
      told.push(`out ${customer} ${at}`);
      await untilWebhookTaken(router, await router.write(customer, said.at(-1) ?? ''));
      await sendStubbornly(router, customer, told.at(-1) ?? '');
      accepted += 1;
    }
  }

  const speaking = Promise.all(customers.map(speak));
  // A failure is told by `finish`; until then it must not end the test's process.
  speaking.catch(() => undefined);
  const ledger = async (side: 'instagram' | 'crm') =>
    (await readLedger(router.sandbox.url, side)).filter(({ raw }) => raw.includes(options.name));

  return {
    untilAccepted: (count) => until(`${count} are accepted`, () => accepted >= count, 60_000),
    async finish(limitMs) {
      await speaking;
      const total = options.customers * options.rounds;
      // One `received` and one `sent` for each message; whatever is read comes on top.
      await until(
        'the CRM has heard of every message',
        async () => {
          const taken = (await ledger('crm')).filter(tookEffect);
          const ids = new Set(taken.map(({ body }) => (body as { id: string }).id));
          return ids.size >= 2 * total;
        },
        limitMs,
      );
    },
    async judge() {
      return {
        sends: judgeSends(expectedOut, await ledger('instagram')),
        events: judgeEvents(expectedIn, await ledger('crm')),
      };
    },
  };
}

/** As a careful CRM does: the same message_id again until the router says 202. */
async function sendStubbornly(router: RouterUnderTest, customer: string, text: string) {
  const message_id = randomUUID();
  await until(
    'the router accepts',
    () =>
      router.send(customer, text, { message_id }).then(
        () => true,
        // Connections are refused and cut while the API restarts; an answer must be a 202.
        (error: Error) => {
          if (error.message.startsWith('Not accepted')) throw error;
          return false;
        },
      ),
    60_000,
  );
}

type Deliveries = {
  data: { state: string; messaging: { message?: { mid?: string } }[] | null }[];
};

/**
 * Repetitions of different webhooks overtake each other, which is the platform's doing: a customer
 * whose first word has not been taken yet does not say the next one.
 */
async function untilWebhookTaken(router: RouterUnderTest, mid: string): Promise<void> {
  await until(
    'the webhook is taken',
    async () => {
      const { data } = await router.control<Deliveries>('GET', '/instagram/webhooks');
      return data.some(
        ({ state, messaging }) =>
          state === 'delivered' && messaging?.some(({ message }) => message?.mid === mid),
      );
    },
    60_000,
  );
}
