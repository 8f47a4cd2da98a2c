import { Client, Connection } from '@temporalio/client';
import { until } from '../sandbox/http.ts';
import { readLedger, tookEffect } from '../support/observe.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';
import { saveHistories } from './histories.ts';

/** A dead letter runs until a person has dealt with it. */
const RUNNING = `ExecutionStatus = 'Running' AND WorkflowType != 'deadLetter'`;

/** Has a real router go through what its workflows can meet, and saves what they did. */
export async function recordHistories(): Promise<void> {
  const env = { OUTBOUND_RETRY_DELAYS: '0.1,0.2', CRM_RETRY_DELAYS: '1.5,1.5' };
  const router = await startRouter({ processes: 'apart', env });
  try {
    await sendInParts(router);
    await waitForPlatform(router);
    await waitForToken(router);
    await waitForCrm(router);
    const { address, namespace } = router.temporal;
    const connection = await Connection.connect({ address });
    const client = new Client({ connection, namespace });
    await until(
      'no workflow runs any more',
      async () => (await client.workflow.count(RUNNING)).count === 0,
      60_000,
    );
    process.stderr.write(`${(await saveHistories(client)).join('\n')}\n`);
    await connection.close();
  } finally {
    await router.close();
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
