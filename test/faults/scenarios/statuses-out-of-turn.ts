import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { webhook } from '../platforms/instagram.ts';
import { inParallel, until } from '../until.ts';

const WEEK_MS = 7 * 86_400_000;

/** A read that overtakes the send's own answer; the same read again; an echo and a read after a week. */
export const statusesOutOfTurn: Scenario = {
  name: 'statuses-out-of-turn',
  title: 'a status before the answer of the send, repeated, after a lower one, and after 7 days',
  async run(stage) {
    const count = stage.quick ? 3 : 20;
    stage.line.delayAnswers('overtaken', 1_500);
    const customers = Array.from({ length: count }, (_, at) => `hasty-${at}`);
    await inParallel(customers, 4, async (customer) => {
      const id = await stage.driver.send(customer, `overtaken ${customer}.`);
      const mid = await midOf(stage, customer);
      await stage.driver.post(read(stage, customer, mid, Date.now()));
      await until(`${id} is read`, 30_000, async () => (await statusOf(stage, id)) === 'read');
      for (const at of [Date.now(), Date.now() - WEEK_MS, Date.now() + WEEK_MS])
        await stage.driver.post(read(stage, customer, mid, at));
      await stage.driver.post(echo(stage, customer, mid));
      // Whatever those webhooks did is done when the next message of the conversation is through.
      const next = await stage.driver.send(customer, `the next one, ${customer}`);
      await until(`${next} is sent`, 30_000, async () => (await statusOf(stage, next)) === 'sent');
      const status = await statusOf(stage, id);
      if (status !== 'read') stage.finding(`${id} went back to ${status}`);
    });
    return count;
  },
};

type Phone = { data: { messages: { mid: string; text: string }[] }[] };

async function midOf(stage: Stage, customer: string): Promise<string> {
  let mid: string | undefined;
  await until('the platform has the message', 30_000, async () => {
    const { data } = await stage.control<Phone>('GET', `/instagram/customers/${customer}`);
    mid = data[0]?.messages.find(({ text }) => text.startsWith('overtaken'))?.mid;
    return mid !== undefined;
  });
  return mid ?? '';
}

async function statusOf(stage: Stage, id: string): Promise<string> {
  return (await stage.call<{ status: string }>('GET', `/api/v1/messages/${id}/status`)).body.status;
}

function read({ account }: Stage, customer: string, mid: string, timestamp: number): object {
  const ends = { sender: { id: customer }, recipient: { id: account.externalId } };
  return webhook(account, [{ ...ends, timestamp, read: { mid } }]);
}

function echo({ account }: Stage, customer: string, mid: string): object {
  const ends = { sender: { id: account.externalId }, recipient: { id: customer } };
  const message = { mid, text: `overtaken ${customer}.`, is_echo: true };
  return webhook(account, [{ ...ends, timestamp: Date.now(), message }]);
}
