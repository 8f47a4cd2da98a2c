import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { OutboxCall } from '../../src/database/outbox-store.ts';
import {
  createTemporalGateway,
  type TemporalGateway,
} from '../../src/dispatcher/temporal-gateway.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { ROUTER_QUEUE } from '../../src/workflows/contract.ts';
import { testConfig, until } from '../support/database.ts';
import { createTestNamespace, type TestNamespace } from '../support/temporal.ts';
import { copyWorkflows } from '../workflows/scratch-workflows.ts';

describe('runs that are there and do not go on', () => {
  let test: TestNamespace;
  let connection: Connection;
  let client: Client;
  let gateway: TemporalGateway;

  beforeAll(async () => {
    test = await createTestNamespace();
    connection = await Connection.connect({ address: test.address });
    client = new Client({ connection, namespace: test.namespace });
    await registerSearchAttributes(connection as never, test.namespace);
    gateway = createTemporalGateway(
      testConfig('postgres://nobody@nowhere/none', {
        TEMPORAL_ADDRESS: test.address,
        TEMPORAL_NAMESPACE: test.namespace,
      }),
    );
  });
  afterAll(async () => {
    await gateway.close();
    await connection.close();
  });

  const begin = async (channel: string) => {
    const call: OutboxCall = {
      ...{ ids: ['1'], kind: 'send_message', target: randomUUID(), accountId: `acc_${channel}` },
      ...{ channel, round: 1, traceId: null, details: {}, attempts: 0 },
    };
    await gateway.deliver(call);
    return { workflowId: `message/${call.target}`, expected: message(call.target) };
  };
  const message = (messageId: string) => ({ kind: 'message', messageId, round: 1 }) as const;

  it('are told as stuck while their tasks fail, and not when they are over', async () => {
    const scratch = copyWorkflows();
    const native = await NativeConnection.connect({ address: test.address });
    try {
      scratch.change(
        'send-message.ts',
        '  let woken = false;',
        `  if (input.channel === 'flagged') throw new Error('by the flag');\n  let woken = false;`,
      );
      const { code, output } = await scratch.bundle();
      if (code === null) throw new Error(output);
      const worker = await Worker.create({
        connection: native,
        namespace: test.namespace,
        taskQueue: ROUTER_QUEUE,
        workflowBundle: { code },
      });
      await worker.runUntil(async () => {
        const good = await begin('whatsapp');
        const bad = await begin('flagged');
        const stuck = await until(async () => {
          const found = (await gateway.findTroubled([])).stuck;
          return found.length > 0 && found;
        }, 60_000);
        expect(stuck).toEqual([{ workflowId: bad.workflowId, accountId: 'acc_flagged' }]);
        // It is there: to start another one beside it would send twice.
        expect(await gateway.findMissing([good.expected, bad.expected])).toEqual([]);
        await client.workflow.getHandle(bad.workflowId).terminate('by the test');
        await until(async () => (await gateway.findTroubled([])).stuck.length === 0, 20_000);
        expect(await gateway.findMissing([good.expected, bad.expected])).toEqual([bad.expected]);
      });
    } finally {
      await native.close();
      scratch.remove();
    }
  }, 120_000);

  it('are told as paused while an operator has paused them, and are not missing', async () => {
    const run = await begin('telegram');
    const pause = {
      namespace: test.namespace,
      workflowId: run.workflowId,
      identity: 'operator',
      reason: 'to look at it',
      requestId: randomUUID(),
    };
    await connection.workflowService.pauseWorkflowExecution(pause);
    const paused = await until(async () => {
      const found = (await gateway.findTroubled([])).paused;
      return found.length > 0 && found;
    }, 20_000);
    expect(paused).toEqual([{ workflowId: run.workflowId, accountId: 'acc_telegram' }]);
    expect(await gateway.findMissing([run.expected])).toEqual([]);
    await connection.workflowService.unpauseWorkflowExecution(pause);
    await until(async () => (await gateway.findTroubled([])).paused.length === 0, 20_000);
  }, 60_000);
});
