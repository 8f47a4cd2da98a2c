import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { deadLetterWorkflowId } from '../../src/workflows/contract.ts';
import { until } from '../sandbox/http.ts';
import type { RouterProcess } from '../support/router-process.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';
import { workflowBundlePath } from '../support/temporal.ts';
import { copyWorkflows, type ScratchWorkflows } from '../workflows/scratch-workflows.ts';

const PATCH = 'look-at-dead-letters-locally';

let scratch: ScratchWorkflows;
let router: RouterUnderTest;
let worker: RouterProcess;
let connection: Connection;
let client: Client;
let bundles: { before: string; today: string };

/** Begins with the version before the patch. */
beforeAll(async () => {
  scratch = copyWorkflows();
  scratch.change('dead-letter.ts', 'patched(LOCAL_LOOKS) ? local : remote', 'remote');
  const { code, output } = await scratch.bundle();
  if (code === null) throw new Error(output);
  const before = join(scratch.folder, 'before.js');
  writeFileSync(before, code);
  router = await startRouter({ processes: 'apart', env: { WORKFLOW_BUNDLE: before } });
  if (!router.processes) throw new Error('the processes are this one');
  worker = router.processes.worker;
  bundles = { before, today: await workflowBundlePath() };
  const { address, namespace } = router.temporal;
  connection = await Connection.connect({ address });
  client = new Client({ connection, namespace });
}, 120_000);
afterAll(async () => {
  await connection?.close();
  await router?.close();
  scratch?.remove();
});

async function changeVersion(version: keyof typeof bundles): Promise<void> {
  await worker.end('SIGTERM');
  router.env['WORKFLOW_BUNDLE'] = bundles[version];
  await worker.start();
}

async function openLetters(): Promise<string[]> {
  type Letters = { data: { dead_letter_id: string }[] };
  const { body } = await router.call<Letters>('GET', '/api/v1/admin/dlq/webhooks?state=open');
  return body.data.map(({ dead_letter_id: id }) => id);
}

/** An event that the CRM refused, and whose run has begun. */
async function refuse(customer: string): Promise<string> {
  await router.control('PUT', '/crm/faults', [{ times: null, status: 401 }]);
  await router.write(customer, 'hello');
  await until('it is a dead letter', async () => (await openLetters()).length === 1, 30_000);
  const [id = ''] = await openLetters();
  await untilRunning(id);
  await router.control('PUT', '/crm/faults', []);
  return id;
}

const runOf = (letter: string) => client.workflow.getHandle(deadLetterWorkflowId(letter));

function untilRunning(letter: string): Promise<void> {
  return until('its run waits', async () => {
    // Not found until the outbox has started it.
    const history = await runOf(letter)
      .fetchHistory()
      .catch(() => null);
    return (history?.events ?? []).some((event) => event.timerStartedEventAttributes);
  });
}

/** The list of runs is brought up to date some time after they are. */
function untilCount(condition: string, count: number): Promise<void> {
  const query = `ExecutionStatus="Running" AND WorkflowType="deadLetter" AND ${condition}`;
  return until(query, async () => (await client.workflow.count(query)).count === count);
}

async function replay(letter: string): Promise<void> {
  await router.call('POST', `/api/v1/admin/dlq/webhooks/${letter}/retry`);
}

/** What the newest run ended as. */
async function resultOf(letter: string): Promise<string> {
  await until('its run is over', async () => {
    const { status } = await runOf(letter).describe();
    return status.name === 'COMPLETED';
  });
  return runOf(letter).result();
}

describe('another version of the workflows', () => {
  it('goes on with what the version before it has begun', async () => {
    const letter = await refuse('early');
    await untilCount('TemporalChangeVersion IS NULL', 1);
    await changeVersion('today');
    await replay(letter);
    expect(await resultOf(letter)).toBe('resolved');
  }, 120_000);

  it('is found by the patches that a run was begun with', async () => {
    const letter = await refuse('found');
    await untilCount(`TemporalChangeVersion="${PATCH}"`, 1);
    await replay(letter);
    expect(await resultOf(letter)).toBe('resolved');
  }, 120_000);

  it('can be taken back: runs that the older one does not understand are begun anew', async () => {
    const letter = await refuse('late');
    await changeVersion('before');
    await replay(letter);
    const notUnderstood = /"error_class":"NonDeterministicError".*"run_id"/;
    await until('the log says so', async () => notUnderstood.test(worker.output()), 30_000);
    await runOf(letter).terminate('back to the version before');
    await replay(letter);
    expect(await resultOf(letter)).toBe('resolved');
  }, 120_000);
});
