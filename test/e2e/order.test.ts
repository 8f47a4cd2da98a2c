import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../sandbox/http.ts';
import {
  CLEAN,
  type Expected,
  judgeEvents,
  judgeSends,
  type LedgerCall,
  readLedger,
  tookEffect,
} from '../support/observe.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';

let router: RouterUnderTest;
beforeAll(async () => {
  router = await startRouter({ processes: 'apart' });
}, 120_000);
afterAll(() => router?.close());

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);
/** What both sides saw of the conversations with this in their customers' names. */
const readBoth = async (name: string) => {
  const [sends, events] = await Promise.all([
    readLedger(router.sandbox.url, 'instagram'),
    readLedger(router.sandbox.url, 'crm'),
  ]);
  const isOwn = ({ raw }: LedgerCall) => raw.includes(name);
  return { sends: sends.filter(isOwn), events: events.filter(isOwn) };
};

describe('many messages', () => {
  it('arrive in the order in which they were accepted, 30 in a row', async () => {
    const customer = 'customer-row';
    const texts = numbers(30).map((at) => `row ${at}`);
    await router.openWindow(customer);
    let last = '';
    for (const text of texts) last = (await router.send(customer, text)).message_id;
    await router.untilStatus(last, 'sent', 30_000);
    const { sends } = await readBoth(customer);
    expect(judgeSends({ [customer]: texts }, sends)).toEqual(CLEAN);
  });

  it('arrive in order both ways, 200 mixed over 20 conversations, without a gap', async () => {
    const customers = numbers(20).map((at) => `customer-mixed-${at}`);
    const outgoing: Expected = {};
    const incoming: Expected = {};
    const lastOut: Record<string, string> = {};
    await Promise.all(
      customers.map(async (customer) => {
        outgoing[customer] = [];
        incoming[customer] = [];
        await router.openWindow(customer);
        for (const at of numbers(5)) {
          const [question, answer] = [`in ${customer} ${at}`, `out ${customer} ${at}`];
          incoming[customer].push(question);
          outgoing[customer].push(answer);
          const [accepted] = await Promise.all([
            router.send(customer, answer),
            router.write(customer, question),
          ]);
          lastOut[customer] = accepted.message_id;
        }
      }),
    );
    // Each conversation ends with as many `received` and `sent` events as there were messages.
    await until(
      'the CRM has heard of all',
      async () => {
        const { events } = await readBoth('customer-mixed');
        return events.filter((call) => tookEffect(call)).length >= 200;
      },
      60_000,
    );
    for (const id of Object.values(lastOut)) await router.untilStatus(id, 'sent');
    const { sends, events } = await readBoth('customer-mixed');
    expect(judgeSends(outgoing, sends)).toEqual(CLEAN);
    expect(judgeEvents(incoming, events)).toEqual(CLEAN);
    expect(events).toHaveLength(200);
  });

  it('are not left behind when they are accepted just as the one before them is settled', async () => {
    const customers = numbers(15).map((at) => `customer-close-${at}`);
    const expected: Expected = {};
    // Long enough for the next request to come before the answer, and short enough for after it.
    const slow = { match: '/messages', mode: 'slow', delay_ms: 25, times: null };
    await router.control('PUT', '/instagram/faults', [slow]);
    const arrivals = watchArrivals();
    await Promise.all(
      customers.map(async (customer) => {
        expected[customer] = numbers(8).map((at) => `${customer} ${at}`);
        await router.openWindow(customer);
        let last = '';
        for (const text of expected[customer]) {
          last = (await router.send(customer, text)).message_id;
          await until(`"${text}" arrives`, () => arrivals.texts.has(text), 30_000);
        }
        await router.untilStatus(last, 'sent');
      }),
    ).finally(() => arrivals.stop());
    const { sends } = await readBoth('customer-close');
    expect(judgeSends(expected, sends)).toEqual(CLEAN);
  }, 120_000);
});

/** The texts that have reached the platform, also those that it has not answered yet. */
function watchArrivals() {
  const texts = new Set<string>();
  let after = 0;
  let stopped = false;
  async function watch(): Promise<void> {
    while (!stopped) {
      const path = `/instagram/received?path=/messages&after=${after}`;
      const { data } = await router.control<{ data: LedgerCall[] }>('GET', path);
      for (const { seq, body } of data) {
        texts.add((body as { message: { text: string } }).message.text);
        after = seq;
      }
    }
  }
  const watching = watch();
  return {
    texts,
    async stop() {
      stopped = true;
      await watching;
    },
  };
}
