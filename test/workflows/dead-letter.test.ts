import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DeadLetterStep } from '../../src/activities/handle-dead-letter.ts';
import type { ReplayBatchStep } from '../../src/activities/replay-batch.ts';
import {
  deadLetterWorkflowId,
  discardSignal,
  RECORDED,
  replayDeadLettersWorkflowId,
  replaySignal,
  ROUTER_QUEUE,
  toldSignal,
  wakeSignal,
} from '../../src/workflows/contract.ts';
import type { deadLetter, replayDeadLetters } from '../../src/workflows/index.ts';
import { until } from '../sandbox/http.ts';
import { type Lab, openLab, storyOf, untilHistoryHas } from './workflow-lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 120_000);
afterAll(() => lab?.close());

const DAY_MS = 86_400_000;
/** The row that the activities see. */
let letter: DeadLetterStep;
let done: string[];

beforeEach(() => {
  letter = {
    state: 'open',
    attempts: 5,
    reason: 'rejected',
    lastAttemptAt: '2026-11-21T12:00:00.000Z',
    lastStatusCode: 422,
    expiresInMs: 30 * DAY_MS,
    asked: null,
  };
  done = [];
  const becomes = (state: DeadLetterStep['state'], word: string) => async () => {
    done.push(word);
    letter = { ...letter, state };
  };
  lab.activities = {
    lookAtDeadLetter: async () => letter,
    replayDeadLetter: becomes('replaying', 'replay'),
    discardDeadLetter: becomes('discarded', 'discard'),
    expireDeadLetter: becomes('expired', 'expire'),
  };
});

/** As the dispatcher does it. */
function open(signal: string = toldSignal.name) {
  const deadLetterId = `dl_${randomUUID()}`;
  return lab.client.workflow.signalWithStart<typeof deadLetter>('deadLetter', {
    workflowId: deadLetterWorkflowId(deadLetterId),
    taskQueue: ROUTER_QUEUE,
    args: [{ deadLetterId }],
    signal,
  });
}

const untilDone = (...words: string[]) =>
  until(words.join(), async () => done.join() === words.join(), 20_000);

describe('the workflow of a dead letter', () => {
  it('replays when it is asked to, and ends when the replay has gone well', async () => {
    const handle = await open();
    await untilHistoryHas(handle, 'timerStartedEventAttributes');
    await handle.signal(replaySignal);
    await untilDone('replay');
    letter = { ...letter, state: 'resolved' };
    await handle.signal(toldSignal);
    expect(await handle.result()).toBe('resolved');
  });

  it('waits again after a replay that failed; a second replay works like the first', async () => {
    const handle = await open(replaySignal.name);
    await untilDone('replay');
    letter = { ...letter, state: 'open', attempts: 6 };
    await handle.signal(toldSignal);
    await until('it waits again', async () => {
      const story = await storyOf(handle);
      return story.filter((each) => each.includes('wait for replay or discard')).length === 1;
    });
    await handle.signal(replaySignal);
    await untilDone('replay', 'replay');
    letter = { ...letter, state: 'resolved' };
    await handle.signal(toldSignal);
    expect(await handle.result()).toBe('resolved');
  });

  it('takes a second wish for a replay that is under way as the same wish', async () => {
    const handle = await open(replaySignal.name);
    await untilDone('replay');
    await untilHistoryHas(handle, 'timerStartedEventAttributes');
    await handle.signal(replaySignal);
    letter = { ...letter, state: 'open' };
    await handle.signal(toldSignal);
    await until('it waits again', async () => {
      const story = await storyOf(handle);
      return story.some((each) => each.includes('wait for replay or discard'));
    });
    expect(done).toEqual(['replay']);
    await handle.signal(discardSignal);
    expect(await handle.result()).toBe('discarded');
  });

  it('does what the API has written into its row, also if its run began only now', async () => {
    letter = { ...letter, asked: 'replay' };
    const orders: unknown[] = [];
    lab.activities.replayDeadLetter = async (input) => {
      orders.push(input.by);
      letter = { ...letter, state: 'replaying', asked: null };
    };
    const handle = await open();
    await until('it is replayed', async () => orders.length === 1);
    letter = { ...letter, state: 'open', asked: 'discard' };
    await handle.signal(discardSignal, RECORDED);
    expect(await handle.result()).toBe('discarded');
    expect(orders).toEqual(['row']);
  });

  it('numbers what it is asked by signals, so that a reset of its run asks nothing anew', async () => {
    const orders: unknown[] = [];
    lab.activities.replayDeadLetter = async (input) => void orders.push(input.by);
    const handle = await open();
    await untilHistoryHas(handle, 'timerStartedEventAttributes');
    await handle.signal(replaySignal);
    await until('the first', async () => orders.length === 1);
    await handle.signal(replaySignal);
    await until('the second', async () => orders.length === 2);
    const run = (await handle.describe()).runId;
    expect(orders).toEqual([
      { run, number: 1 },
      { run, number: 2 },
    ]);
    await handle.signal(discardSignal);
    expect(await handle.result()).toBe('discarded');
  });

  it('expires after 30 days without anybody, with words for every step', async () => {
    const handle = await open();
    await untilHistoryHas(handle, 'timerStartedEventAttributes');
    await lab.passTime(30 * DAY_MS);
    expect(await handle.result()).toBe('expired');
    expect(done).toEqual(['expire']);
    expect(await storyOf(handle)).toEqual([
      'local activity lookAtDeadLetter "look at its row"',
      `timer ${(30 * DAY_MS) / 1000} s "wait for replay or discard"`,
      'activity expireDeadLetter "nobody came: let it expire"',
      'local activity lookAtDeadLetter "look at its row"',
    ]);
  });
});

describe('the workflow of a bulk replay', () => {
  const step = (given: Partial<ReplayBatchStep>): ReplayBatchStep => ({
    state: 'running',
    total: 30,
    replayed: 0,
    skipped: 0,
    nextInMs: 5_000,
    ...given,
  });

  it('keeps to its rate, stands still while it is paused, and ends with the last batch', async () => {
    const steps = [step({}), step({ state: 'paused' }), step({}), step({ state: 'done' })];
    lab.activities.replayBatch = async () => steps.shift() ?? step({ state: 'done' });
    const bulkReplayId = `replay_${randomUUID()}`;
    const handle = await lab.client.workflow.signalWithStart<typeof replayDeadLetters>(
      'replayDeadLetters',
      {
        workflowId: replayDeadLettersWorkflowId(bulkReplayId),
        taskQueue: ROUTER_QUEUE,
        args: [{ bulkReplayId }],
        signal: wakeSignal.name,
      },
    );
    await lab.passTime(5_000);
    await until('it is paused', async () => {
      const story = await storyOf(handle);
      return story.some((each) => each.includes('paused'));
    });
    await handle.signal(wakeSignal);
    await lab.passTime(5_000);
    expect(await handle.result()).toBe('done');
    expect((await storyOf(handle)).filter((each) => each.startsWith('timer'))).toEqual([
      'timer 5 s "keep to the rate"',
      'timer 3600 s "paused: wait for resume or cancel"',
      'timer 5 s "keep to the rate"',
    ]);
  });
});
