import { expect } from '@jest/globals';
import { until } from '../../sandbox/http.ts';
import { readLedger, tookEffect } from '../../support/observe.ts';
import type { TestAccount } from '../../support/router.ts';
import { aFailedMessage } from './letters.ts';
import type { OperatorCase, OperatorStand } from './stand.ts';

/** A bulk replay of some letters of an account of its own sends each of them once. */
export const REPLAY_CASES: OperatorCase[] = [
  'workflow terminate',
  'workflow cancel',
  'workflow delete',
  'workflow reset',
  'workflow pause',
  'workflow signal --name wake',
  'workflow signal --name other',
].map((command) => ({
  run: '`replayDeadLetters`',
  command,
  play: (stand) => replayMeanwhile(stand, command),
}));

const LETTERS = 3;

async function replayMeanwhile(stand: OperatorStand, command: string): Promise<void> {
  const { router } = stand;
  const name = `replay ${command}`.replaceAll(/\W+/g, '-');
  const account = await anAccount(stand, name);
  const customers = Array.from({ length: LETTERS }, (_, at) => `${name}-${at}`);
  for (const customer of customers) await aFailedMessage(stand, customer, account);
  for (const customer of customers) await stand.trouble('instagram', customer, null);
  const begun = await router.call('POST', '/api/v1/admin/dlq/replays', {
    kind: 'messages',
    account_id: account.id,
    rate_per_second: 1,
  });
  const id = String(begun.body['replay_id']);
  const look = async () => (await router.call('GET', `/api/v1/admin/dlq/replays/${id}`)).body;
  const ask = (what: string) => router.call('POST', `/api/v1/admin/dlq/replays/${id}/${what}`);
  await until('one is replayed', async () => Number((await look())['replayed']) > 0, 20_000);
  expect((await ask('pause')).status).toBe(200);
  // A batch that is under way is not stopped by a pause of its workflow.
  await until('its run waits', () => stand.isIdle(`bulk-replay/${id}`), 40_000);
  await stand.operate(command, `bulk-replay/${id}`);
  await ask('resume');
  await stand.endPause(
    command,
    `bulk-replay/${id}`,
    async () => (await look())['state'] !== 'done',
  );
  await until('it is done', async () => (await look())['state'] === 'done', 100_000);
  const { replayed, skipped, total } = await look();
  expect([total, Number(replayed) + Number(skipped)]).toEqual([LETTERS, LETTERS]);
  for (const customer of customers) await untilArrivedOnce(stand, customer);
}

async function untilArrivedOnce({ router }: OperatorStand, customer: string): Promise<void> {
  const arrived = async () =>
    (await readLedger(router.sandbox.url, 'instagram')).filter(
      (call) => call.raw.includes(`"${customer}"`) && tookEffect(call),
    ).length;
  await until('it arrived', async () => (await arrived()) > 0, 40_000);
  expect(await arrived()).toBe(1);
}

/** Another account of the platform, so that the filter finds the letters of this case only. */
async function anAccount({ router }: OperatorStand, name: string): Promise<TestAccount> {
  const externalId = `1784${String(Math.random()).slice(2, 15)}`;
  const given = {
    instagram_account_id: externalId,
    username: name.slice(0, 30),
    access_token: `IGAA${name.replaceAll('-', '')}`,
  };
  await router.control('POST', '/instagram/accounts', given);
  const created = await router.call('POST', '/api/v1/accounts', given);
  expect(created.status).toBe(201);
  return { id: String(created.body['account_id']), externalId };
}
