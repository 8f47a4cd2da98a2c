import { Client, Connection } from '@temporalio/client';
import { until } from '../sandbox/http.ts';
import { createCrmDatabase } from '../support/mysql.ts';
import { readLedger, tookEffect } from '../support/observe.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';
import { CHECK_ACCOUNTS_SCHEDULE } from '../../src/workflows/contract.ts';
import { saveHistories } from './histories.ts';

/** A dead letter runs until a person has dealt with it. */
const RUNNING = `ExecutionStatus = 'Running' AND WorkflowType != 'deadLetter'`;

const CLOSED_LETTERS = `ExecutionStatus = 'Completed' AND WorkflowType = 'deadLetter'`;

/** Has a real router go through what its workflows can meet, and saves what they did. */
export async function recordHistories(): Promise<void> {
  const crm = await createCrmDatabase();
  const env = { ...crm.env, OUTBOUND_RETRY_DELAYS: '0.1,0.2', CRM_RETRY_DELAYS: '1.5,1.5' };
  const router = await startRouter({ processes: 'apart', env });
  try {
    await sendInParts(router);
    await waitForPlatform(router);
    await waitForToken(router);
    await waitForCrm(router);
    await replayAndDiscard(router);
    await fetchAnnounced(router);
    const { address, namespace } = router.temporal;
    const connection = await Connection.connect({ address });
    const client = new Client({ connection, namespace });
    await checkAllAccounts(router, client);
    await until(
      'both dead letters are over',
      async () => (await client.workflow.count(CLOSED_LETTERS)).count >= 2,
      60_000,
    );
    await until(
      'no workflow runs any more',
      async () => (await client.workflow.count(RUNNING)).count === 0,
      200_000,
    );
    process.stderr.write(`${(await saveHistories(client)).join('\n')}\n`);
    await connection.close();
  } finally {
    await router.close();
    await crm.drop();
  }
}

async function sendInParts(router: RouterUnderTest): Promise<void> {
  await router.openWindow('parts');
  const { message_id: id } = await router.send('parts', 'long '.repeat(500));
  await router.untilStatus(id, 'sent');
  const { message_id: short } = await router.send('parts', 'short');
  await router.untilStatus(short, 'sent');
}

/** Three quick failures, and a platform that cannot be reached for a while. */
async function waitForPlatform(router: RouterUnderTest): Promise<void> {
  await router.openWindow('trouble');
  const body = { error: { code: 2, message: 'Later.', is_transient: true } };
  const transient = { match: '/messages', times: 3, status: 500, body };
  await router.control('PUT', '/instagram/faults', [transient]);
  const { message_id: failed } = await router.send('trouble', 'one');
  await router.untilStatus(failed, 'failed');
  await router.control('PUT', '/instagram/faults', [{ match: '/messages', status: 503, body: '' }]);
  const { message_id: waited } = await router.send('trouble', 'two');
  await router.untilStatus(waited, 'sent', 30_000);
}

async function waitForToken(router: RouterUnderTest): Promise<void> {
  await router.openWindow('token');
  const path = `/instagram/accounts/${router.account.externalId}`;
  await router.control('PUT', path, { token: 'expired' });
  const { message_id: id } = await router.send('token', 'three');
  await until('it waits', async () => (await router.status(id)).wait_reason === 'account_paused');
  const token = `IGAA${'1'.repeat(40)}`;
  await router.control('PUT', path, { access_token: token });
  await router.call('PUT', `/api/v1/accounts/${router.account.id}`, { access_token: token });
  await router.untilStatus(id, 'sent', 30_000);
}

/** Two conversations whose event is refused at first: one waits it out, one is woken. */
async function waitForCrm(router: RouterUnderTest): Promise<void> {
  const taken = async () => (await readLedger(router.sandbox.url, 'crm')).filter(tookEffect).length;
  await router.control('PUT', '/crm/faults', [{ times: 2, status: 503 }]);
  const before = await taken();
  await router.write('patient', 'four');
  await until('the CRM has it', async () => (await taken()) > before, 30_000);
  await router.control('PUT', '/switches', { crm_down: true });
  const calls = (await readLedger(router.sandbox.url, 'crm')).length;
  await router.write('woken', 'five');
  await until(
    'it was refused',
    async () => (await readLedger(router.sandbox.url, 'crm')).length > calls,
  );
  await router.control('PUT', '/switches', { crm_down: false });
  await router.call('PUT', `/api/v1/accounts/${router.account.id}`, { enabled: true });
  await until('the CRM has it', async () => (await taken()) > before + 1, 30_000);
}

/** A message that Instagram announces without its content, which it gives out when asked again. */
async function fetchAnnounced(router: RouterUnderTest): Promise<void> {
  const message = { account: router.account.externalId, text: 'eight', told_as: 'edit' };
  const match = { method: 'GET', path: 'fields=id' };
  await router.control('PUT', '/instagram/faults', [{ match, times: 1, status: 503 }]);
  await router.control('POST', '/instagram/customers/announced/messages', message);
  await until(
    'it was fetched',
    async () => (await router.sql(`select 1 from messages where text = 'eight'`)).length > 0,
    30_000,
  );
}

/** One channel with a worker, and more accounts than are asked about at once on one without. */
export async function checkAllAccounts(router: RouterUnderTest, client: Client): Promise<void> {
  await router.sql(
    `insert into accounts (id, channel, external_id, webhook_secrets)
     select 'acc_' || n, 'nobody', 'external-' || n, '[]' from generate_series(1, 7) n`,
  );
  await client.schedule.getHandle(CHECK_ACCOUNTS_SCHEDULE).trigger();
  await until(
    'the account is checked',
    async () =>
      (await router.sql(`select 1 from accounts where checked_at > created_at + interval '1 ms'`))
        .length > 0,
    30_000,
  );
}

/** One dead letter is replayed twice, all together and then alone; another one is discarded. */
async function replayAndDiscard(router: RouterUnderTest): Promise<void> {
  type Letters = { data: { dead_letter_id: string; state: string }[] };
  const open = async () => {
    const { body } = await router.call('GET', '/api/v1/admin/dlq/webhooks?state=open');
    return (body as Letters).data.map((letter) => letter.dead_letter_id);
  };
  const ask = (id: string, what: string) =>
    router.call('POST', `/api/v1/admin/dlq/webhooks/${id}/${what}`);
  await router.control('PUT', '/crm/faults', [{ times: null, status: 401 }]);
  await router.write('refused', 'six');
  await until('it is a dead letter', async () => (await open()).length === 1, 30_000);
  const [replayed = ''] = await open();
  const bulk = { kind: 'webhooks', account_id: router.account.id, rate_per_second: 5 };
  await router.call('POST', '/api/v1/admin/dlq/replays', bulk);
  await until('it is under way', async () => (await open()).length === 0, 30_000);
  await until('it has failed again', async () => (await open()).length === 1, 30_000);
  await router.write('discarded', 'seven');
  await until('there is another one', async () => (await open()).length === 2, 30_000);
  await router.control('PUT', '/crm/faults', []);
  const [discarded = ''] = (await open()).filter((id) => id !== replayed);
  await ask(discarded, 'discard');
  await ask(replayed, 'retry');
}
