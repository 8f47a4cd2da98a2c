import { Connection } from '@temporalio/client';
import pg from 'pg';
import { beginReplay, countReplay, countIs, untilReplayed } from '../bulk-replay.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel, until } from '../until.ts';

const RATE = 20;
const FILTER = { kind: 'messages', filter: { reason: 'transient' }, rate: RATE } as const;

/**
 * Half of the messages failed and half are in doubt. The failed ones are replayed by filter: in vain,
 * then with the worker killed in the middle, while a row that it needs is locked. Those in doubt are
 * left out of that, and replayed by one signal for all.
 */
export const messagesReplayed: Scenario = {
  name: 'messages-replayed',
  title: 'dead letters of messages replayed by filter, with the worker killed, and by signal',
  env: { OUTBOUND_RETRY_DELAYS: '0.1,0.2', EVIDENCE_WAIT: '1' },
  settleMs: 180_000,
  async run(stage) {
    const count = stage.quick ? 8 : 100;
    const places = Array.from({ length: count }, (_, at) => at);
    // Without an echo nobody can know of an unknown outcome: it is left to a person.
    await stage.onPlatform('PUT', '/settings', { echo: false });
    await stage.onPlatform('PUT', '/faults', [HOPELESS, ...places.map(inDoubt)]);
    const failed = await sendAll(stage, places, 'hopeless');
    const doubtful = await sendAll(stage, places, 'doubtful');
    await until('all are dead letters', 300_000, () => countIs(stage, 'messages', 2 * count), 500);
    stage.expectAlert('dead_letter', stage.account);

    const wanted = await countReplay(stage, { kind: 'messages', rate: RATE });
    if (wanted !== count) stage.finding(`${wanted} would be replayed, ${count} are not in doubt`);
    const inVain = await requeue(stage, failed, async () => {
      await untilReplayed(stage, await beginReplay(stage, FILTER), count);
    });
    await until('all came back', 300_000, () => countIs(stage, 'messages', 2 * count), 500);
    await stage.onPlatform('PUT', '/faults', []);
    const killed = await requeue(stage, failed, () => replayWithKill(stage, count));
    await until('the failed are sent', 300_000, () => countIs(stage, 'messages', count), 500);
    const signalled = await requeue(stage, doubtful, () => signalAll(stage));
    await until('none is left', 300_000, () => countIs(stage, 'messages', 0), 500);
    await inParallel(places, 4, async (at) => {
      await stage.driver.send(`hopeless-${at}`, `later hopeless ${at}`);
      await stage.driver.send(`doubtful-${at}`, `later doubtful ${at}`);
    });
    return inVain + killed + signalled;
  },
};

const HOPELESS = {
  match: { body: 'first hopeless' },
  times: null,
  status: 500,
  body: { error: { message: 'Later.', type: 'OAuthException', code: 2, is_transient: true } },
};

/** Half of them have arrived. One for each: the replay gets through. */
function inDoubt(at: number): object {
  const mode = at % 2 === 0 ? 'drop' : 'apply-then-drop';
  return { match: { body: `first doubtful ${at}.` }, mode };
}

/** In each conversation one that becomes a dead letter, and one that passes it; the first ones' ids. */
async function sendAll(stage: Stage, places: number[], name: string): Promise<string[]> {
  const ids: string[] = [];
  await inParallel(places, 4, async (at) => {
    ids.push(await stage.driver.send(`${name}-${at}`, `first ${name} ${at}.`));
    await stage.driver.send(`${name}-${at}`, `passes ${name} ${at}`);
  });
  return ids;
}

/** Nothing else is sent to these conversations until it is done, so that every place is known. */
async function requeue(stage: Stage, ids: string[], how: () => Promise<void>): Promise<number> {
  const at = Date.now();
  await how();
  await until('all are resolved', 300_000, async () => {
    const statuses = await Promise.all(ids.map((id) => statusOf(stage, id)));
    return !statuses.includes('pending');
  });
  const again = await Promise.all(ids.map((id) => statusOf(stage, id)));
  for (const [place, messageId] of ids.entries())
    stage.journal.write({ kind: 'requeued', at, messageId, once: again[place] === 'sent' });
  return ids.length;
}

async function statusOf(stage: Stage, id: string): Promise<string> {
  return (await stage.call<{ status: string }>('GET', `/api/v1/messages/${id}/status`)).body.status;
}

/** The worker dies in the middle of a batch: it waits for a letter while others are done. */
async function replayWithKill(stage: Stage, count: number): Promise<void> {
  const half = count / 2;
  const unlock = await lockLetter(stage, half);
  try {
    const id = await beginReplay(stage, FILTER);
    // Recorded as well: a call that the kill cuts off would be in doubt, and left to a person.
    await until('half of them are sent', 180_000, async () => {
      const left = await countIs(stage, 'messages', 2 * count - half);
      return left && (await countIs(stage, 'messages', 0, 'replaying'));
    });
    await stage.worker.end('SIGKILL');
    await unlock();
    await stage.worker.start();
    await untilReplayed(stage, id, count);
  } finally {
    await unlock();
  }
}

/** Whoever wants to replay the letter at this place has to wait until it is unlocked. */
async function lockLetter(stage: Stage, place: number): Promise<() => Promise<void>> {
  const client = new pg.Client(stage.env['DATABASE_URL']);
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN');
  await client.query(
    `SELECT id FROM dead_letters
      WHERE id = (SELECT id FROM dead_letters WHERE reason = 'transient'
                   ORDER BY created_at, id OFFSET $1 LIMIT 1) FOR UPDATE`,
    [place],
  );
  return () => client.end();
}

/** What `temporal workflow signal --query` does. */
async function signalAll(stage: Stage): Promise<void> {
  const { TEMPORAL_ADDRESS: address = '', TEMPORAL_NAMESPACE: namespace = '' } = stage.env;
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.startBatchOperation({
      namespace,
      jobId: `replay-${Date.now()}`,
      reason: 'replay what is in doubt',
      visibilityQuery: `WorkflowType = 'deadLetter' AND ExecutionStatus = 'Running'`,
      signalOperation: { signal: 'replay', identity: 'an operator' },
    });
    await until('all are resent', 120_000, () => countIs(stage, 'messages', 0), 500);
  } finally {
    await connection.close();
  }
}
