import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { SendMessageStep } from '../../src/activities/send-message.ts';
import {
  ROUTER_QUEUE,
  sendMessageWorkflowId,
  type SendMessageInput,
  wakeSignal,
} from '../../src/workflows/contract.ts';
import type { sendMessage } from '../../src/workflows/index.ts';
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

const HOUR = 3_600_000;

function begin() {
  const input: SendMessageInput = { messageId: randomUUID(), round: 1, channel: 'instagram' };
  const handle = lab.client.workflow.start<typeof sendMessage>('sendMessage', {
    workflowId: sendMessageWorkflowId(input.messageId, input.round),
    taskQueue: ROUTER_QUEUE,
    args: [input],
  });
  return { input, handle };
}

/** The activity says these in turn, and the last one for ever; returns what it was asked. */
function answerWith(...steps: SendMessageStep[]): SendMessageInput[] {
  const asked: SendMessageInput[] = [];
  lab.activities.sendMessage = async (input) => {
    asked.push(input);
    return steps[Math.min(asked.length, steps.length) - 1] ?? { do: 'done', status: 'ended' };
  };
  return asked;
}

const SENT: SendMessageStep = { do: 'done', status: 'sent' };

describe('the workflow of one message', () => {
  it('ends with the status that the activity found', async () => {
    const asked = answerWith(SENT);
    const { input, handle } = begin();
    expect(await (await handle).result()).toBe('sent');
    expect(asked).toEqual([input]);
    expect(await storyOf(await handle)).toEqual(['activity sendMessage "send by instagram"']);
  });

  it('asks again at once while the message has another part', async () => {
    const asked = answerWith({ do: 'next' }, { do: 'next' }, SENT);
    const handle = await begin().handle;
    expect(await handle.result()).toBe('sent');
    expect(asked).toHaveLength(3);
    expect((await storyOf(handle)).filter((line) => line.startsWith('timer'))).toEqual([]);
  });

  it('waits as long as it is told, by a timer that says why', async () => {
    const asked = answerWith({ do: 'wait', delayMs: 90_000, reason: 'throttled' }, SENT);
    const begun = await lab.now();
    const handle = await begin().handle;
    await handle.result();
    expect((await lab.now()) - begun).toBeGreaterThanOrEqual(90_000);
    expect(asked).toHaveLength(2);
    expect(await storyOf(handle)).toContain('timer 90 s "wait: throttled"');
  });

  it('goes on as soon as something wakes it', async () => {
    answerWith({ do: 'wait', delayMs: 20 * 60_000, reason: 'awaiting_evidence' }, SENT);
    const begun = await lab.now();
    const handle = await begin().handle;
    await untilHistoryHas(handle, 'timerStartedEventAttributes');
    await handle.signal(wakeSignal);
    // Not by `result()`, under which the clock would jump over the timer.
    await until('it has ended', async () => (await handle.describe()).status.name === 'COMPLETED');
    expect((await lab.now()) - begun).toBeLessThan(20 * 60_000);
  });

  it('does not lose a wake-up that comes while the activity runs', async () => {
    let release = () => undefined as void;
    const running = new Promise<void>((resolve) => (release = resolve));
    const steps: SendMessageStep[] = [
      { do: 'wait', delayMs: null, reason: 'account_paused' },
      SENT,
    ];
    lab.activities.sendMessage = async () => {
      if (steps.length === 2) await running;
      return steps.shift() ?? SENT;
    };
    const begun = await lab.now();
    const handle = await begin().handle;
    await untilHistoryHas(handle, 'activityTaskScheduledEventAttributes');
    await handle.signal(wakeSignal);
    release();
    await until('it has ended', async () => (await handle.describe()).status.name === 'COMPLETED');
    expect((await lab.now()) - begun).toBeLessThan(HOUR);
  });

  it('looks again after an hour, however long it shall wait', async () => {
    const asked = answerWith(
      { do: 'wait', delayMs: null, reason: 'account_paused' },
      { do: 'wait', delayMs: 10 * HOUR, reason: 'throttled' },
      SENT,
    );
    const handle = await begin().handle;
    await handle.result();
    expect(asked).toHaveLength(3);
    expect((await storyOf(handle)).filter((line) => line.startsWith('timer'))).toEqual([
      'timer 3600 s "wait: account_paused"',
      'timer 3600 s "wait: throttled"',
    ]);
  });

  it('has an outcome recorded that the activity could not, and looks again', async () => {
    const recorded: object[] = [];
    lab.activities.recordOutcome = async (input) => void recorded.push(input);
    const asked = answerWith({ do: 'record', attemptId: 'a1', sealed: 'v1:k1:sealed' }, SENT);
    const handle = await begin().handle;
    expect(await handle.result()).toBe('sent');
    expect(recorded).toEqual([{ attemptId: 'a1', sealed: 'v1:k1:sealed' }]);
    expect(asked).toHaveLength(2);
    expect(await storyOf(handle)).toContain(
      'activity recordOutcome "record what the platform answered"',
    );
  });

  it('leaves short retries to the activity: a delay it names makes no timer', async () => {
    let calls = 0;
    lab.activities.sendMessage = async () => {
      calls += 1;
      if (calls < 3)
        throw ApplicationFailure.create({ type: 'transient', nextRetryDelay: '10 seconds' });
      return SENT;
    };
    const handle = await begin().handle;
    expect(await handle.result()).toBe('sent');
    expect(calls).toBe(3);
    expect(await storyOf(handle)).toHaveLength(1);
  });

  it('tries for as long as it takes when the worker or the database is away', async () => {
    let calls = 0;
    lab.activities.sendMessage = async () => {
      calls += 1;
      if (calls <= 20) throw new Error('no database');
      return SENT;
    };
    expect(await (await begin().handle).result()).toBe('sent');
  });
});
