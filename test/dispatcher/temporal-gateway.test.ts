import { randomUUID } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { OutboxCall } from '../../src/database/outbox-store.ts';
import type { Expected } from '../../src/database/reconciling/expected.ts';
import { createDispatcher } from '../../src/dispatcher/dispatcher.ts';
import {
  createTemporalGateway,
  TemporalUnreachable,
  type TemporalGateway,
} from '../../src/dispatcher/temporal-gateway.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { accepted, aLog, anAccount } from '../support/builders.ts';
import { openTestStores, testConfig, until, type TestStores } from '../support/database.ts';
import { createTestNamespace, type TestNamespace } from '../support/temporal.ts';

const { History } = proto.temporal.api.history.v1;

describe('the way to Temporal', () => {
  let test: TestNamespace;
  let connection: Connection;
  let client: Client;
  const gateways: TemporalGateway[] = [];

  beforeAll(async () => {
    test = await createTestNamespace();
    connection = await Connection.connect({ address: test.address });
    client = new Client({ connection, namespace: test.namespace });
    // Of the worker's kind of connection it needs the service that both kinds have.
    await registerSearchAttributes(connection as never, test.namespace);
  });
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.close();
  });
  afterAll(() => connection.close());

  function open(given: Partial<TestNamespace> = {}): TemporalGateway {
    const { address, namespace } = { ...test, ...given };
    const gateway = createTemporalGateway(
      testConfig('postgres://nowhere/nothing', {
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: namespace,
      }),
    );
    gateways.push(gateway);
    return gateway;
  }
  const call = (given: Partial<OutboxCall> = {}): OutboxCall => ({
    ids: ['1'],
    kind: 'send_message',
    target: randomUUID(),
    accountId: 'acc_1',
    channel: 'instagram',
    round: 1,
    traceId: 'trace-7',
    details: {},
    attempts: 0,
    ...given,
  });
  const message = (messageId: string) => ({ kind: 'message', messageId, round: 1 }) as const;
  const describeRun = (workflowId: string) => client.workflow.getHandle(workflowId).describe();
  const countSignals = async (workflowId: string) => {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    return events?.filter((event) => event.workflowExecutionSignaledEventAttributes).length;
  };

  it('starts the workflow of a message once, under an id that an operator can find', async () => {
    const gateway = open();
    const send = call();
    expect(await gateway.deliver(send)).toBe('done');
    expect(await gateway.deliver(send)).toBe('done');
    const run = await describeRun(`message/${send.target}`);
    expect(run).toMatchObject({
      type: 'sendMessage',
      taskQueue: 'router',
      memo: { trace_id: 'trace-7', account_id: 'acc_1' },
    });
    const again = call({ target: send.target, round: 2 });
    await gateway.deliver(again);
    expect((await describeRun(`message/${send.target}/2`)).status.name).toBe('RUNNING');
  });

  it('says in the run of a dead letter what it is about', async () => {
    for (const [kind, member] of [
      ['message', 'message_id'],
      ['webhook', 'webhook_id'],
      ['mirror', 'mirror_row'],
    ] as const) {
      const details = { kind, reason: 'unknown', subject_id: 'it', conversation_id: 'conv_1' };
      const letter = call({ kind: 'dead_letter', details });
      await open().deliver(letter);
      expect((await describeRun(`dead-letter/${letter.target}`)).memo).toEqual({
        ...{ trace_id: 'trace-7', account_id: 'acc_1', conversation_id: 'conv_1' },
        [member]: 'it',
      });
    }
  });

  it('takes a message whose workflow is over for done, and starts no second one', async () => {
    const gateway = open();
    const send = call();
    await gateway.deliver(send);
    const first = await describeRun(`message/${send.target}`);
    await client.workflow.getHandle(first.workflowId).terminate('by the test');
    expect(await gateway.deliver(send)).toBe('done');
    expect((await describeRun(first.workflowId)).runId).toBe(first.runId);
  });

  it('takes a wake-up for a workflow that is gone for done', async () => {
    expect(await open().deliver(call({ kind: 'wake_message' }))).toBe('done');
  });

  it('wakes the workflow of the round', async () => {
    const gateway = open();
    const send = call({ round: 3 });
    await gateway.deliver(send);
    await gateway.deliver({ ...send, kind: 'wake_message' });
    expect(await countSignals(`message/${send.target}/3`)).toBe(1);
  });

  it('has one workflow per conversation, whatever signal comes first', async () => {
    const gateway = open();
    const target = `conv_${randomUUID()}`;
    for (const kind of ['events_ready', 'wake_lane', 'events_ready'] as const)
      expect(await gateway.deliver(call({ kind, target, round: null, channel: null }))).toBe(
        'done',
      );
    expect(await countSignals(`conversation/${target}`)).toBe(3);
    await client.workflow.getHandle(`conversation/${target}`).terminate('by the test');
    await gateway.deliver(call({ kind: 'events_ready', target, round: null, channel: null }));
    expect((await describeRun(`conversation/${target}`)).status.name).toBe('RUNNING');
  });

  it('lets messages go before dead letters and their replays, and accounts share', async () => {
    const gateway = open();
    const letter = call({ kind: 'dead_letter', target: `dl_${randomUUID()}` });
    const replay = call({ kind: 'bulk_replay', target: `replay_${randomUUID()}` });
    const send = call();
    for (const each of [letter, replay, send]) await gateway.deliver(each);
    const priorityOf = async (id: string) => (await describeRun(id)).priority;
    const behind = { priorityKey: 4, fairnessKey: 'acc_1' };
    expect(await priorityOf(`dead-letter/${letter.target}`)).toMatchObject(behind);
    expect(await priorityOf(`bulk-replay/${replay.target}`)).toMatchObject(behind);
    const usual = await priorityOf(`message/${send.target}`);
    expect(usual).toMatchObject({ fairnessKey: 'acc_1' });
    expect(usual?.priorityKey ?? 0).toBeLessThan(4);
  });

  it('knows what runs and what does not', async () => {
    const gateway = open();
    const send = call();
    const expected = { kind: 'message', messageId: send.target, round: 1 } as const;
    const isRunning = async (each: Expected) => (await gateway.findMissing([each])).length === 0;
    expect(await isRunning(expected)).toBe(false);
    await gateway.deliver(send);
    expect(await isRunning(expected)).toBe(true);
    expect(await isRunning({ ...expected, round: 2 })).toBe(false);
    await client.workflow.getHandle(`message/${send.target}`).terminate('by the test');
    expect(await isRunning(expected)).toBe(false);
    expect(await isRunning({ kind: 'lane', laneId: 'conv_unknown' })).toBe(false);
  });

  it('knows it of hundreds at once, also of those that began or ended this moment', async () => {
    const gateway = open();
    const calls = Array.from({ length: 60 }, () => call());
    for (const each of calls) await gateway.deliver(each);
    const expected = calls.map(({ target }) => message(target));
    const gone = message(randomUUID());
    expect(await gateway.findMissing([...expected, gone])).toEqual([gone]);
    const ended = expected.slice(0, 3);
    for (const { messageId } of ended)
      await client.workflow.getHandle(`message/${messageId}`).terminate('by the test');
    // A list may lag behind; what it has not is described.
    await until(async () => {
      const missing = await gateway.findMissing(expected);
      return missing.length === ended.length && missing;
    });
    expect(await gateway.findMissing(expected)).toEqual(ended);
  });

  it('refuses only the call that Temporal refuses', async () => {
    const gateway = open();
    const tooLong = call({ kind: 'events_ready', target: 'x'.repeat(2_000) });
    expect(await gateway.deliver(tooLong)).toBe('refused');
    expect(await gateway.deliver(call())).toBe('done');
  });

  it('says within its deadline that nobody listens', async () => {
    const gateway = open({ address: '127.0.0.1:1' });
    const startedAt = performance.now();
    await expect(gateway.deliver(call())).rejects.toBeInstanceOf(TemporalUnreachable);
    await expect(gateway.check()).rejects.toBeInstanceOf(TemporalUnreachable);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('says within its deadline that somebody listens and never answers', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const gateway = open({ address: `127.0.0.1:${port}` });
    const expected = { kind: 'lane', laneId: 'conv_1' } as const;
    const startedAt = performance.now();
    await expect(gateway.findMissing([expected])).rejects.toBeInstanceOf(TemporalUnreachable);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  describe('with the outbox', () => {
    let db: TestStores;
    beforeAll(async () => void (db = await openTestStores()));
    afterAll(() => db.close());

    it('makes a workflow of each accepted message, and forgets the row', async () => {
      const dispatcher = createDispatcher({
        outbox: db.stores.outbox,
        temporal: open(),
        logger: aLog(),
        sweepMs: 3_600_000,
      });
      dispatcher.start();
      try {
        const account = await anAccount(db.stores);
        const messages = await Promise.all(
          Array.from({ length: 5 }, () => accepted(db.stores, account.id, { text: 'canary' })),
        );
        dispatcher.kick();
        await until(async () => (await db.value<number>('select count(*)::int from outbox')) === 0);
        for (const { messageId } of messages) {
          const handle = client.workflow.getHandle(`message/${messageId}`);
          expect((await handle.describe()).status.name).toBe('RUNNING');
          const history = History.encode(await handle.fetchHistory()).finish();
          expect(Buffer.from(history).includes('canary')).toBe(false);
          expect(Buffer.from(history).includes(messageId)).toBe(true);
        }
      } finally {
        await dispatcher.stop();
      }
    });
  });
});
