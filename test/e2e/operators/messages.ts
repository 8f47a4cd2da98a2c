import { expect } from '@jest/globals';
import { until } from '../../sandbox/http.ts';
import { CLEAN, judgeSends, readLedger } from '../../support/observe.ts';
import { type OperatorCase, type OperatorStand, TEMPORARY } from './stand.ts';

/** Two messages to one customer go out once each, in their order, whatever is done to the first. */
export const MESSAGE_CASES: OperatorCase[] = [
  ...[
    'workflow terminate',
    'workflow cancel',
    'workflow delete',
    'workflow reset',
    'workflow pause',
    'workflow signal --name wake',
    'workflow signal --name other',
    'activity pause',
    'activity reset',
    'activity update-options',
  ].map((command) => messageCase('`sendMessage` between two attempts', command, betweenAttempts)),
  ...['workflow terminate', 'workflow cancel', 'workflow reset'].map((command) =>
    messageCase('`sendMessage` during its call', command, duringCall),
  ),
  messageCase('`sendMessage` of many', 'workflow terminate --query', manyAtOnce),
];

type Play = (stand: OperatorStand, command: string, customer: string) => Promise<void>;

function messageCase(run: string, command: string, play: Play): OperatorCase {
  const customer = `${run} ${command}`.replaceAll(/\W+/g, '-');
  return { run, command, play: (stand) => play(stand, command, customer) };
}

async function betweenAttempts(stand: OperatorStand, command: string, customer: string) {
  const { router } = stand;
  await fail(stand, customer);
  const sent = await sendTwo(stand, customer);
  await untilTried(stand, sent.first);
  await stand.operate(command, `message/${sent.first}`);
  await stand.trouble('instagram', customer, null);
  await stand.endPause(command, `message/${sent.first}`, async () => {
    await until(
      'its time has come',
      async () => {
        const due = `select 1 from messages where id = '${sent.first}' and next_attempt_at < now() - interval '3 seconds'`;
        return (await router.sql(due)).length > 0;
      },
      40_000,
    );
    return (await router.status(sent.first)).status === 'pending';
  });
  await expectBothSent(stand, customer, sent);
  expect(await waitOf(stand, sent.first)).toBeGreaterThan(LEAST_WAIT_S);
}

/** OUTBOUND_RETRY_DELAYS is 20 s, and a fifth less by chance. */
const LEAST_WAIT_S = 15;

/** Seconds between the two attempts to send a message. */
async function waitOf({ router }: OperatorStand, messageId: string): Promise<number> {
  const [row] = await router.sql(
    `select extract(epoch from max(started_at) - min(started_at))::float8 as seconds
       from send_attempts where message_id = '${messageId}'`,
  );
  return Number(row?.['seconds']);
}

async function duringCall(stand: OperatorStand, command: string, customer: string) {
  const match = { path: '/messages', body: customer };
  await stand.trouble('instagram', customer, { match, mode: 'slow', delay_ms: 4_000 });
  const sent = await sendTwo(stand, customer);
  const calls = async () =>
    (await readLedger(stand.router.sandbox.url, 'instagram')).filter(({ raw }) =>
      raw.includes(customer),
    );
  await until('the call is under way', async () => (await calls()).length === 1, 20_000);
  await stand.operate(command, `message/${sent.first}`);
  await stand.trouble('instagram', customer, null);
  await expectBothSent(stand, customer, sent);
  expect(await calls()).toHaveLength(2);
}

async function manyAtOnce(stand: OperatorStand, _command: string, name: string) {
  const customers = [1, 2, 3].map((number) => `${name}-${number}`);
  const sent = [];
  for (const customer of customers) {
    await fail(stand, customer);
    sent.push(await sendTwo(stand, customer));
  }
  for (const { first } of sent) await untilTried(stand, first);
  const ids = sent.map(({ first }) => `"message/${first}"`).join(', ');
  const query = `WorkflowId IN (${ids}) AND ExecutionStatus="Running"`;
  await stand.temporal('workflow', 'terminate', '--query', query, '--reason', 'a test', '--yes');
  for (const { first } of sent)
    await until('it is over', async () => (await stand.findRun(`message/${first}`)) === null);
  for (const customer of customers) await stand.trouble('instagram', customer, null);
  for (const [at, customer] of customers.entries())
    await expectBothSent(stand, customer, sent[at] ?? { first: '', second: '' });
}

function fail(stand: OperatorStand, customer: string): Promise<void> {
  const match = { path: '/messages', body: `"${customer}"` };
  return stand.trouble('instagram', customer, { match, status: 500, body: TEMPORARY });
}

type Two = { first: string; second: string };

async function sendTwo({ router }: OperatorStand, customer: string): Promise<Two> {
  await router.openWindow(customer);
  const first = await router.send(customer, 'first');
  const second = await router.send(customer, 'second');
  return { first: first.message_id, second: second.message_id };
}

function untilTried({ router }: OperatorStand, messageId: string): Promise<void> {
  const tried = async () => (await router.status(messageId)).errors.length > 0;
  return until('it was tried', tried, 40_000);
}

async function expectBothSent({ router }: OperatorStand, customer: string, { second }: Two) {
  await router.untilStatus(second, 'sent', 100_000);
  const calls = await readLedger(router.sandbox.url, 'instagram');
  const own = calls.filter(({ raw }) => raw.includes(`"${customer}"`));
  expect(judgeSends({ [customer]: ['first', 'second'] }, own)).toEqual(CLEAN);
}
