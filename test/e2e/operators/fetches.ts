import { until } from '../../sandbox/http.ts';
import { readLedger, tookEffect } from '../../support/observe.ts';
import type { OperatorCase, OperatorStand } from './stand.ts';

/** A message that its platform does not give out for a while reaches the CRM, once. */
export const FETCH_CASES: OperatorCase[] = [
  'workflow terminate',
  'workflow cancel',
  'workflow delete',
  'workflow reset',
  'workflow pause',
  'workflow signal --name other',
  'activity pause',
  'activity reset',
  'activity update-options',
].map((command) => ({
  run: '`fetchMessage`',
  command,
  play: (stand) => fetchMeanwhile(stand, command),
}));

async function fetchMeanwhile(stand: OperatorStand, command: string): Promise<void> {
  const { router } = stand;
  const customer = `fetch ${command}`.replaceAll(/\W+/g, '-');
  // Before the message, whose id is not known yet, all that are asked for by id.
  const down = { status: 503, body: { error: { message: 'Down.' } } };
  await stand.trouble('instagram', `${customer} before`, {
    ...down,
    match: { method: 'GET', path: MID },
  });
  const given = { account: router.account.externalId, text: customer, told_as: 'edit' };
  const path = `/instagram/customers/${customer}/messages`;
  const { mid } = await router.control<{ mid: string }>('POST', path, given);
  await stand.trouble('instagram', customer, { ...down, match: { method: 'GET', path: mid } });
  await stand.trouble('instagram', `${customer} before`, null);
  const find = `select id from message_fetches where platform_message_id = '${mid}' and attempts > 0`;
  await until('it was asked for', async () => (await router.sql(find)).length > 0, 40_000);
  const workflowId = `fetch-message/${String((await router.sql(find))[0]?.['id'])}`;
  await stand.operate(command, workflowId);
  await stand.trouble('instagram', customer, null);
  await stand.endPause(command, workflowId, async () => (await told(stand, customer)) === 0);
  await until('the CRM has it', async () => (await told(stand, customer)) > 0, 100_000);
  await until('it is over', async () => (await stand.findRun(workflowId)) === null, 60_000);
  const times = await told(stand, customer);
  if (times !== 1) throw new Error(`The CRM has it ${times} times`);
}

/** What the sandbox's message ids begin with. */
const MID = '/aWdf';

async function told({ router }: OperatorStand, text: string): Promise<number> {
  const calls = await readLedger(router.sandbox.url, 'crm');
  return calls.filter((call) => call.raw.includes(`"text":"${text}"`) && tookEffect(call)).length;
}
