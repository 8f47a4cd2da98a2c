import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DeliverEventsStep } from '../../src/activities/deliver-events.ts';
import {
  conversationWorkflowId,
  eventsReadySignal,
  ROUTER_QUEUE,
  wakeSignal,
} from '../../src/workflows/contract.ts';
import type { conversation } from '../../src/workflows/index.ts';
import { until } from '../sandbox/http.ts';
import { type Lab, openLab, storyOf, untilHistoryHas } from './workflow-lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 120_000);
afterAll(() => lab?.close());
beforeEach(() => {
  lab.activities = {};
});

const END: DeliverEventsStep = { do: 'end', lingerMs: 0 };
const waitFor = (delayMs: number | null): DeliverEventsStep => ({
  do: 'wait',
  delayMs,
  reason: 'next attempt',
});

/** As the dispatcher does it. */
function signal(laneId: string, name: string = eventsReadySignal.name) {
  return lab.client.workflow.signalWithStart<typeof conversation>('conversation', {
    workflowId: conversationWorkflowId(laneId),
    taskQueue: ROUTER_QUEUE,
    args: [{ laneId }],
    signal: name,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });
}
const newLane = () => `conv_${randomUUID()}`;

/** The activity says these in turn, then that nothing is left; returns what it was asked. */
function answerWith(...steps: DeliverEventsStep[]) {
  const asked: { laneId: string; profileAsked: boolean }[] = [];
  lab.activities.deliverEvents = async (input) => {
    asked.push(input);
    return steps[asked.length - 1] ?? END;
  };
  return asked;
}
const untilEnded = (handle: Awaited<ReturnType<typeof signal>>) =>
  until('it has ended', async () => (await handle.describe()).status.name === 'COMPLETED', 20_000);

describe('the workflow of a conversation', () => {
  it('delivers until nothing is left, and ends', async () => {
    const asked = answerWith({ do: 'more' }, { do: 'more' });
    const laneId = newLane();
    const handle = await signal(laneId);
    await handle.result();
    expect(asked).toEqual(Array(3).fill({ laneId, profileAsked: false }));
    expect(await storyOf(handle)).toEqual(
      Array(3).fill('activity deliverEvents "deliver events to the CRM"'),
    );
  });

  it('does not lose events that are committed while it looks for the last time', async () => {
    const laneId = newLane();
    const lane = { waiting: 0, delivered: 0 };
    let looked = 0;
    lab.activities.deliverEvents = async () => {
      looked += 1;
      lane.delivered += lane.waiting;
      lane.waiting = 0;
      // The event comes after the look at the rows, and its signal before the answer.
      if (looked === 1) {
        lane.waiting = 1;
        await signal(laneId);
      }
      return END;
    };
    const handle = await signal(laneId);
    await handle.result();
    expect({ ...lane, looked }).toEqual({ waiting: 0, delivered: 1, looked: 2 });
  });

  it('runs anew for events that come after its end', async () => {
    const asked = answerWith();
    const laneId = newLane();
    const first = await signal(laneId);
    await untilEnded(first);
    const second = await signal(laneId);
    await untilEnded(second);
    expect(second.signaledRunId).not.toBe(first.signaledRunId);
    expect(asked).toHaveLength(2);
  });

  it('lingers where it is told to, and takes what comes meanwhile without a new run', async () => {
    const asked = answerWith({ do: 'end', lingerMs: 45_000 });
    const laneId = newLane();
    const first = await signal(laneId);
    await untilHistoryHas(first, 'timerStartedEventAttributes');
    const second = await signal(laneId);
    expect(second.signaledRunId).toBe(first.signaledRunId);
    await untilEnded(first);
    expect(asked).toHaveLength(2);
    expect(await storyOf(first)).toContain('timer 45 s "linger: for more events"');
  });

  it('keeps to its ladder whatever new events come; a wake-up ends the wait', async () => {
    const asked = answerWith(waitFor(600_000));
    const laneId = newLane();
    const handle = await signal(laneId);
    await untilHistoryHas(handle, 'timerStartedEventAttributes');
    const begun = await lab.now();
    for (let count = 0; count < 3; count += 1) await signal(laneId);
    await lab.passTime(300_000);
    expect(asked).toHaveLength(1);
    await signal(laneId, wakeSignal.name);
    await untilEnded(handle);
    expect(asked).toHaveLength(2);
    expect((await lab.now()) - begun).toBeLessThan(600_000);
    expect(await storyOf(handle)).toContain('timer 600 s "wait: next attempt"');
  });

  it('goes on by itself when the time of its ladder has come', async () => {
    const asked = answerWith(waitFor(64_000));
    const begun = await lab.now();
    await (await signal(newLane())).result();
    expect((await lab.now()) - begun).toBeGreaterThanOrEqual(64_000);
    expect(asked).toHaveLength(2);
  });

  it('looks every hour while nothing but a person can help', async () => {
    const asked = answerWith(waitFor(null), waitFor(null));
    const handle = await signal(newLane());
    await handle.result();
    expect(asked).toHaveLength(3);
    const timers = (await storyOf(handle)).filter((line) => line.startsWith('timer'));
    expect(timers).toEqual(Array(2).fill('timer 3600 s "wait: next attempt"'));
  });

  it('comes back after a second when the CRM has all the requests it may have', async () => {
    const asked = answerWith({ do: 'busy' }, { do: 'busy' });
    const handle = await signal(newLane());
    await handle.result();
    expect(asked).toHaveLength(3);
    const timers = (await storyOf(handle)).filter((line) => line.startsWith('timer'));
    expect(timers).toEqual(
      Array(2).fill('timer 1 s "wait: the CRM has all the requests it may have"'),
    );
  });

  it('has the customer’s name looked up once', async () => {
    const asked = answerWith({ do: 'fetch_profile', channel: 'instagram' });
    const looked: object[] = [];
    lab.activities.fetchProfile = async (input) => void looked.push(input);
    const laneId = newLane();
    const handle = await signal(laneId);
    await handle.result();
    expect(looked).toEqual([{ conversationId: laneId }]);
    expect(asked.map(({ profileAsked }) => profileAsked)).toEqual([false, true]);
    expect(await storyOf(handle)).toContain(
      `activity fetchProfile "look up the customer's name on instagram"`,
    );
  });

  it('delivers without the name when the lookup fails, and does not try it again', async () => {
    const asked = answerWith({ do: 'fetch_profile', channel: 'instagram' });
    let looked = 0;
    lab.activities.fetchProfile = async () => {
      looked += 1;
      throw new Error('the platform is away');
    };
    await (await signal(newLane())).result();
    expect(looked).toBe(1);
    expect(asked.map(({ profileAsked }) => profileAsked)).toEqual([false, true]);
  });

  it('gives the lookup two seconds, also where no worker of the channel runs', async () => {
    const asked = answerWith({ do: 'fetch_profile', channel: 'nowhere' });
    const begun = performance.now();
    const handle = await signal(newLane());
    await untilEnded(handle);
    expect(asked).toHaveLength(2);
    expect(performance.now() - begun).toBeGreaterThan(1_500);
  });

  it('carries an event through its 24 hours of attempts in about a second', async () => {
    const hour = 3_600_000;
    const ladder = [1_000, 4_000, 16_000, 64_000, hour / 6, hour / 2, ...Array(23).fill(hour)];
    const asked = answerWith(...ladder.map(waitFor));
    const [begun, wall] = [await lab.now(), performance.now()];
    await (await signal(newLane())).result();
    expect(asked).toHaveLength(ladder.length + 1);
    expect((await lab.now()) - begun).toBeGreaterThan(23.5 * hour);
    expect(performance.now() - wall).toBeLessThan(20_000);
  });
});
