import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { ensureAccountChecks } from '../../src/worker/account-check-schedule.ts';
import { CHECK_ACCOUNTS_SCHEDULE, ROUTER_QUEUE } from '../../src/workflows/contract.ts';
import { createTestNamespace, type TestNamespace } from '../support/temporal.ts';

describe('the schedule of the account checks', () => {
  let test: TestNamespace;
  let connection: NativeConnection;
  beforeAll(async () => {
    test = await createTestNamespace();
    connection = await NativeConnection.connect({ address: test.address });
  });
  afterAll(() => connection.close());

  const ensure = (everyMs: number) =>
    ensureAccountChecks(connection, {
      TEMPORAL_NAMESPACE: test.namespace,
      ACCOUNT_CHECK_INTERVAL: everyMs,
    });
  const schedule = () =>
    new Client({ connection, namespace: test.namespace }).schedule.getHandle(
      CHECK_ACCOUNTS_SCHEDULE,
    );

  it('is made once by workers that start together, and starts one run at a time', async () => {
    await Promise.all(Array.from({ length: 4 }, () => ensure(86_400_000)));
    const { spec, action, policies } = await schedule().describe();
    expect(spec.intervals).toEqual([expect.objectContaining({ every: 86_400_000 })]);
    expect(policies.overlap).toBe('SKIP');
    expect(action).toMatchObject({
      type: 'startWorkflow',
      workflowType: 'checkAccounts',
      taskQueue: ROUTER_QUEUE,
    });
  });

  it('takes over another interval, and stays paused where somebody paused it', async () => {
    await schedule().pause('on holiday');
    await ensure(3_600_000);
    const { spec, state } = await schedule().describe();
    expect(spec.intervals).toEqual([expect.objectContaining({ every: 3_600_000 })]);
    expect(state).toMatchObject({ paused: true, note: 'on holiday' });
  });
});
