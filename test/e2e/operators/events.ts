import { expect } from '@jest/globals';
import { until } from '../../sandbox/http.ts';
import { judgeEvents, readLedger, type LedgerCall } from '../../support/observe.ts';
import type { OperatorCase, OperatorStand } from './stand.ts';

/** A customer's three messages reach the CRM in their order, whatever is done to their conversation. */
export const EVENT_CASES: OperatorCase[] = [
  ...['workflow terminate', 'workflow cancel', 'workflow delete', 'workflow reset'].map((command) =>
    eventCase('`conversation` during a post', command, duringPost),
  ),
  ...[
    'workflow terminate',
    'workflow reset',
    'workflow pause',
    'workflow signal --name wake',
    'workflow signal --name other',
  ].map((command) => eventCase('`conversation` between two attempts', command, betweenAttempts)),
];

type Play = (stand: OperatorStand, command: string, customer: string) => Promise<void>;

function eventCase(run: string, command: string, play: Play): OperatorCase {
  const customer = `${run} ${command}`.replaceAll(/\W+/g, '-');
  return { run, command, play: (stand) => play(stand, command, customer) };
}

const TEXTS = ['one', 'two', 'three'];

async function duringPost(stand: OperatorStand, command: string, customer: string) {
  const fault = { match: { body: `"${customer}"` }, mode: 'slow', delay_ms: 4_000 };
  await stand.trouble('crm', customer, fault);
  const workflowId = await writeThree(stand, customer);
  await until(
    'the post is under way',
    async () => (await postsOf(stand, customer)).length > 0,
    40_000,
  );
  await stand.operate(command, workflowId);
  await stand.trouble('crm', customer, null);
  await expectInOrder(stand, customer);
}

async function betweenAttempts(stand: OperatorStand, command: string, customer: string) {
  await stand.trouble('crm', customer, { match: { body: `"${customer}"` }, status: 503 });
  const workflowId = await writeThree(stand, customer);
  const tried = `select 1 from webhook_deliveries where lane_id = '${workflowId.split('/')[1]}'
                    and attempts = 1 and next_attempt_at > now()`;
  await until('it was tried', async () => (await stand.router.sql(tried)).length > 0, 20_000);
  await stand.operate(command, workflowId);
  await stand.trouble('crm', customer, null);
  await stand.endPause(
    command,
    workflowId,
    async () => (await postsOf(stand, customer)).length === 1,
  );
  await expectInOrder(stand, customer);
}

async function writeThree({ router }: OperatorStand, customer: string): Promise<string> {
  for (const text of TEXTS) await router.write(customer, text);
  const find = `select id from conversations where recipient_id = '${customer}'`;
  await until('it is stored', async () => (await router.sql(find)).length > 0);
  const [lane] = await router.sql(find);
  return `conversation/${String(lane?.['id'])}`;
}

async function postsOf({ router }: OperatorStand, customer: string): Promise<LedgerCall[]> {
  const calls = await readLedger(router.sandbox.url, 'crm');
  return calls.filter(({ raw }) => raw.includes(`"${customer}"`));
}

/** The same event may come again, with its id and its bytes: the CRM drops what it has. */
async function expectInOrder(stand: OperatorStand, customer: string): Promise<void> {
  const judge = async () => judgeEvents({ [customer]: TEXTS }, await postsOf(stand, customer));
  await until('all are there', async () => (await judge()).lost.length === 0, 100_000);
  const { repeated, ...rest } = await judge();
  expect(rest).toEqual({ lost: [], doubled: [], outOfOrder: [], gaps: [] });
  expect(repeated.length).toBeLessThanOrEqual(1);
}
