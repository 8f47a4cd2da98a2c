import { describe, expect, it } from '@jest/globals';
import { kindOf } from './kind.ts';

type Attributes = Record<string, unknown>;

function event(type: string, attributes: Attributes = {}) {
  const words = type.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return { eventType: `EVENT_TYPE_${type}`, [`${words}EventAttributes`]: attributes };
}

function payload(value: unknown) {
  return { payloads: [{ data: Buffer.from(JSON.stringify(value)).toString('base64') }] };
}

const begun = event('WORKFLOW_EXECUTION_STARTED');
const ended = event('WORKFLOW_EXECUTION_COMPLETED');
const answered = (value: unknown) =>
  event('ACTIVITY_TASK_COMPLETED', { result: payload(value), attempt: 1 });
const localMarker = (value: unknown) =>
  event('MARKER_RECORDED', {
    markerName: 'core_local_activity',
    details: { data: payload({ seq: 1 }), result: payload(value) },
  });

describe('the kind of a run', () => {
  it('is told by the answers of activities, wherever these ran', () => {
    const letter = { state: 'open', reason: 'refused' };
    const inQueue = kindOf('deadLetter', { events: [begun, answered(letter), ended] });
    const inPlace = kindOf('deadLetter', { events: [begun, localMarker(letter), ended] });
    expect([inQueue.name, inPlace.name]).toEqual(['deadLetter.open', 'deadLetter.open']);
  });

  it('is told by our patches, not by those of the SDK', () => {
    const patch = (id: string) =>
      event('MARKER_RECORDED', {
        markerName: 'core_patch',
        details: { 'patch-data': payload({ id, deprecated: false }) },
      });
    const events = [begun, patch('__sdk_internal_patch_number:1'), patch('ours'), ended];
    expect(kindOf('deadLetter', { events }).name).toBe('deadLetter.patched');
  });

  it('is told by waits, signals, retries and time-outs', () => {
    const events = [
      begun,
      event('WORKFLOW_TASK_TIMED_OUT'),
      event('ACTIVITY_TASK_STARTED', {
        attempt: 2,
        lastFailure: { timeoutFailureInfo: { timeoutType: 'TIMEOUT_TYPE_HEARTBEAT' } },
      }),
      answered({ do: 'wait', reason: 'account_paused' }),
      event('WORKFLOW_EXECUTION_SIGNALED', { signalName: 'wake' }),
      event('TIMER_CANCELED'),
      answered({ do: 'done', status: 'sent' }),
      ended,
    ];
    expect(kindOf('sendMessage', { events })).toMatchObject({
      name: 'sendMessage.task_timed_out.retried_timed_out.wait-account_paused.wake.woken.done-sent',
      isTroubled: true,
      isUnfinished: false,
    });
  });

  it('does not depend on how often a run went round', () => {
    const round = [answered({ do: 'more' }), answered({ do: 'wait' }), event('TIMER_CANCELED')];
    const once = kindOf('conversation', { events: [begun, ...round, ended] });
    const often = kindOf('conversation', { events: [begun, ...round, ...round, ...round, ended] });
    expect(often.name).toBe('conversation.more.wait.woken');
    expect(once).toEqual(often);
  });

  it('says when a run goes on', () => {
    const { name, isUnfinished } = kindOf('deadLetter', {
      events: [begun, answered({ state: 'x' })],
    });
    expect([name, isUnfinished]).toEqual(['deadLetter.x.unfinished', true]);
  });

  it('has a name that a file can have, and another one for another kind', () => {
    const long = (last: string) =>
      kindOf('conversation', {
        events: [
          begun,
          ...Array.from({ length: 60 }, (_, at) => answered({ do: `step/${at}` })),
          answered({ do: last }),
          ended,
        ],
      }).name;
    expect(long('end')).toMatch(/^conversation\.step_0[\w.-]+\.[0-9a-f]{8}$/);
    expect(long('end').length).toBeLessThanOrEqual(90);
    expect(long('end')).not.toBe(long('more'));
  });
});
