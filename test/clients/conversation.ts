import { isDeepStrictEqual } from 'node:util';
import { until } from '../faults/until.ts';
import type { Place } from './part.ts';

/** What a program prints after it has written to a customer through a generated client. */
type Told = {
  /** By `sendMessage`, then by `sendUnifiedMessage`. */
  message_ids: string[];
  conversation_id: string;
  /** Of both, once neither is `pending`. */
  statuses: string[];
  /** Whether the list of conversations has it. */
  listed: boolean;
  /** Of the history, by `position`. */
  texts: string[];
  /** The code of the answer about a message that there is not. */
  error: string;
};

/** What a program gets: its texts, whom it writes to, and how it may. */
type Task = { env: Record<string, string>; texts: [string, string]; customer: string };

let customers = 0;

/** A customer of the demo account who may be written to. */
export async function prepareTask({ copy }: Place, client: string): Promise<Task> {
  customers += 1;
  const customer = String(7_100_000_000 + customers);
  await copy.openWindow(customer);
  const texts: [string, string] = [`one text from ${client}`, `äny ✓ content from ${client}`];
  const { api, admin_key, accounts } = copy.access;
  const env = {
    API_URL: api,
    API_KEY: admin_key,
    ACCOUNT_ID: accounts.instagram ?? '',
    CUSTOMER: customer,
    TEXT: texts[0],
    OTHER_TEXT: texts[1],
  };
  return { env, texts, customer };
}

/** Holds what a program printed against what it was to do, and against what the customer has. */
export async function judge(output: string, task: Task, { copy }: Place): Promise<string> {
  const told = JSON.parse(output) as Told;
  expectEqual('the answer about no message', told.error, 'message_not_found');
  expectEqual('texts of the history', told.texts, task.texts);
  expectEqual('the list of conversations has it', told.listed, true);
  expectEqual('different ids', new Set(told.message_ids).size, 2);
  const unsent = told.statuses.filter((status) => !['sent', 'delivered', 'read'].includes(status));
  expectEqual('statuses of messages that were not sent', unsent, []);
  await until('both texts are with the customer', 10_000, async () =>
    isDeepStrictEqual(await copy.received(task.customer), task.texts),
  );
  return 'compiles, sends both ways, reads status, lists and errors';
}

function expectEqual(what: string, is: unknown, shouldBe: unknown): void {
  if (isDeepStrictEqual(is, shouldBe)) return;
  throw new Error(`${what}: ${JSON.stringify(is)} instead of ${JSON.stringify(shouldBe)}`);
}
