import { expect } from '@jest/globals';
import { until } from '../../sandbox/http.ts';
import type { OperatorCase, OperatorStand } from './stand.ts';

/** There is one run for all accounts, so that the cases have it one after another. */
let turn: Promise<unknown> = Promise.resolve();

/** What waits for the CRM's own table is in it once, whatever is done to the mirror while it is away. */
export const MIRROR_CASES: OperatorCase[] = [
  'workflow terminate',
  'workflow cancel',
  'workflow delete',
  'workflow reset',
  'workflow signal --name other',
  'activity pause',
  'activity reset',
  'activity update-options',
].map((command) => ({
  run: '`mirrorToCrm`',
  command,
  play(stand) {
    const played = turn.then(() => mirrorMeanwhile(stand, command));
    turn = played.catch(() => undefined);
    return played;
  },
}));

const WORKFLOW_ID = 'crm-mirror';

async function mirrorMeanwhile(stand: OperatorStand, command: string): Promise<void> {
  const { router, crm } = stand;
  const customer = `mirror ${command}`.replaceAll(/\W+/g, '-');
  await crm.sql('rename table messages to elsewhere');
  await router.write(customer, customer);
  // An error after the message came, not one of the case before.
  const tried = `select 1 from messages m, mirror_status s
                  where m.text = '${customer}' and s.last_error_at > m.created_at`;
  await until('it was tried', async () => (await router.sql(tried)).length > 0, 60_000);
  await stand.operate(command, WORKFLOW_ID);
  await crm.sql('rename table elsewhere to messages');
  const written = async () =>
    (await crm.rows()).filter((row) => row['user_id'] === customer).length;
  await stand.endPause(command, WORKFLOW_ID, async () => (await written()) === 0);
  await until('it is in the table', async () => (await written()) > 0, 60_000);
  expect(await written()).toBe(1);
}
