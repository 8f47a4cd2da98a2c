import { expect } from '@jest/globals';
import { until } from '../../sandbox/http.ts';
import { readLedger, tookEffect } from '../../support/observe.ts';
import { type OperatorCase, type OperatorStand, TEMPORARY } from './stand.ts';

/** A message that was given up, its platform well again, and what is done to its dead letter. */
export const LETTER_CASES: OperatorCase[] = [
  ...['workflow terminate', 'workflow cancel', 'workflow delete'].map((command) =>
    letterCase(command, comesBack),
  ),
  ...['workflow signal --name wake', 'workflow signal --name other'].map((command) =>
    letterCase(command, isIgnored),
  ),
  letterCase('workflow reset', repeatsNothing),
  letterCase('workflow pause', waitsUntilUnpaused),
  letterCase('workflow signal --name replay', isReplayedOnce),
  letterCase('workflow signal --name discard', isDiscarded),
];

type Letter = { messageId: string; id: string; workflowId: string; customer: string };
type Play = (stand: OperatorStand, command: string, letter: Letter) => Promise<void>;

function letterCase(command: string, play: Play): OperatorCase {
  const customer = `letter ${command}`.replaceAll(/\W+/g, '-');
  return {
    run: '`deadLetter`',
    command,
    play: async (stand) => play(stand, command, await aLetter(stand, customer)),
  };
}

async function comesBack(stand: OperatorStand, command: string, letter: Letter) {
  await stand.trouble('instagram', letter.customer, null);
  await stand.operate(command, letter.workflowId);
  await until('it is over', async () => (await stand.findRun(letter.workflowId)) === null, 20_000);
  await stand.untilThere(letter.workflowId);
  await isOpenUntilAskedFor(stand, letter);
}

async function isIgnored(stand: OperatorStand, command: string, letter: Letter) {
  await stand.trouble('instagram', letter.customer, null);
  await stand.operate(command, letter.workflowId);
  await isOpenUntilAskedFor(stand, letter);
}

async function repeatsNothing(stand: OperatorStand, command: string, letter: Letter) {
  await stand.operate('workflow signal --name replay', letter.workflowId);
  const attempts = async () => (await stand.router.status(letter.messageId)).errors.length;
  await until('it was tried again', async () => (await attempts()) === 6, 40_000);
  await until('it waits again', async () => (await stateOf(stand, letter)) === 'open', 20_000);
  await stand.trouble('instagram', letter.customer, null);
  const before = await stand.findRun(letter.workflowId);
  await stand.operate(command, letter.workflowId);
  await until(
    'another run waits',
    async () => {
      const run = await stand.findRun(letter.workflowId);
      return run !== null && run !== before && (await stand.isIdle(letter.workflowId));
    },
    20_000,
  );
  await isOpenUntilAskedFor(stand, letter);
}

async function waitsUntilUnpaused(stand: OperatorStand, command: string, letter: Letter) {
  await stand.trouble('instagram', letter.customer, null);
  await stand.operate(command, letter.workflowId);
  await retry(stand, letter);
  await stand.endPause(
    command,
    letter.workflowId,
    async () => (await stand.router.status(letter.messageId)).status === 'failed',
  );
  await expectSentOnce(stand, letter);
}

async function isReplayedOnce(stand: OperatorStand, command: string, letter: Letter) {
  await stand.trouble('instagram', letter.customer, null);
  for (let times = 0; times < 2; times += 1)
    // The first may have been carried out already, and the run be over.
    await stand.operate(command, letter.workflowId).catch((error: Error) => {
      if (times === 0) throw error;
    });
  await expectSentOnce(stand, letter);
}

async function isDiscarded(stand: OperatorStand, command: string, letter: Letter) {
  await stand.trouble('instagram', letter.customer, null);
  await stand.operate(command, letter.workflowId);
  await until('it is over', async () => (await stand.findRun(letter.workflowId)) === null, 20_000);
  expect(await stateOf(stand, letter)).toBe('discarded');
  expect((await stand.router.status(letter.messageId)).status).toBe('failed');
}

/** Nothing of it goes out by itself; what is asked for then is done. */
async function isOpenUntilAskedFor(stand: OperatorStand, letter: Letter) {
  expect(await stand.findRun(letter.workflowId)).not.toBeNull();
  expect(await stateOf(stand, letter)).toBe('open');
  expect(await arrivalsOf(stand, letter)).toBe(0);
  await retry(stand, letter);
  await expectSentOnce(stand, letter);
}

async function retry({ router }: OperatorStand, { id }: Letter) {
  const asked = await router.call('POST', `/api/v1/admin/dlq/messages/${id}/retry`);
  expect(asked.status).toBe(202);
}

async function expectSentOnce(stand: OperatorStand, letter: Letter) {
  await stand.router.untilStatus(letter.messageId, 'sent', 60_000);
  await until('it is over', async () => (await stand.findRun(letter.workflowId)) === null, 60_000);
  expect(await arrivalsOf(stand, letter)).toBe(1);
}

async function arrivalsOf({ router }: OperatorStand, { customer }: Letter): Promise<number> {
  const calls = await readLedger(router.sandbox.url, 'instagram');
  return calls.filter((call) => call.raw.includes(`"${customer}"`) && tookEffect(call)).length;
}

async function stateOf({ router }: OperatorStand, { id }: Letter): Promise<unknown> {
  return (await router.call('GET', `/api/v1/admin/dlq/messages/${id}`)).body['state'];
}

async function aLetter(stand: OperatorStand, customer: string): Promise<Letter> {
  const { router } = stand;
  const { messageId } = await aFailedMessage(stand, customer);
  const find = `select id from dead_letters where subject_id = '${messageId}'`;
  const id = String((await router.sql(find))[0]?.['id']);
  const workflowId = `dead-letter/${id}`;
  await stand.untilThere(workflowId);
  return { messageId, id, workflowId, customer };
}

/** The platform takes nothing for this customer, until its trouble is taken away. */
export async function aFailedMessage(
  stand: OperatorStand,
  customer: string,
  account = stand.router.account,
): Promise<{ messageId: string }> {
  await stand.router.openWindow(customer, account);
  await stand.trouble('instagram', customer, {
    match: { path: '/messages', body: `"${customer}"` },
    status: 500,
    body: TEMPORARY,
  });
  const given = { account_id: account.id };
  const { message_id: messageId } = await stand.router.send(customer, 'given up', given);
  await stand.router.untilStatus(messageId, 'failed', 60_000);
  return { messageId };
}
