import { createHash } from 'node:crypto';
import { decode, type SavedHistory } from './saved-history.ts';

/** Longer names are cut, and end in a hash of the whole. */
const LONGEST_NAME = 90;

/** What a run went through: steps, waits, signals and troubles, in turn. */
export type KindOfRun = {
  /** `sendMessage.wait-account_paused.wake.woken.done-sent` and so on; a name for a file. */
  name: string;
  /** Without the ending of a run that has none. */
  steps: string;
  /** It goes on, or its history was cut. */
  isUnfinished: boolean;
  /** Something failed, came too late, or had to be done again. */
  isTroubled: boolean;
};

/** Runs that only went round the same steps more often are of the same kind. */
export function kindOf(type: string, { events }: SavedHistory): KindOfRun {
  const tokens = events.flatMap(stepOf);
  const isUnfinished = !/_EXECUTION_(?!STARTED|SIGNALED)/.test(events.at(-1)?.eventType ?? '');
  const steps = withoutRepeats([type, ...tokens].join('.'));
  return {
    name: fileName(isUnfinished ? `${steps}.unfinished` : steps),
    steps,
    isUnfinished,
    isTroubled: tokens.some((token) => TROUBLE.test(token)),
  };
}

/** Where the first trouble is among the events; -1 where there is none. */
export function firstTrouble({ events }: SavedHistory): number {
  return events.findIndex((event) => stepOf(event).some((step) => TROUBLE.test(step)));
}

type Event = SavedHistory['events'][number];
type Payloads = { payloads?: { data?: string }[] };
type Failure = { timeoutFailureInfo?: { timeoutType?: string } };
type Attributes = {
  result?: Payloads;
  attempt?: number;
  lastFailure?: Failure;
  failure?: Failure;
  signalName?: string;
  markerName?: string;
  details?: { result?: Payloads; 'patch-data'?: Payloads };
};

const TROUBLE = /^(retried|failed|timed_out|unstarted|task_|child_|run_)/;

const STEPS: Record<string, (attributes: Attributes) => string | undefined> = {
  ACTIVITY_TASK_STARTED: ({ attempt = 1, lastFailure }) =>
    attempt === 1 ? undefined : `retried${lastFailure?.timeoutFailureInfo ? '_timed_out' : ''}`,
  ACTIVITY_TASK_COMPLETED: ({ result }) => said(result),
  ACTIVITY_TASK_FAILED: () => 'failed',
  ACTIVITY_TASK_TIMED_OUT: ({ failure }) =>
    failure?.timeoutFailureInfo?.timeoutType?.endsWith('SCHEDULE_TO_START')
      ? 'unstarted'
      : 'timed_out',
  // An activity that runs in the workflow's own worker leaves no other trace.
  MARKER_RECORDED: ({ markerName, details, failure }) => {
    // Some are the SDK's own.
    if (markerName === 'core_patch')
      return textOf(details?.['patch-data']).includes('__sdk') ? undefined : 'patched';
    return failure ? 'failed' : said(details?.result);
  },
  TIMER_CANCELED: () => 'woken',
  WORKFLOW_EXECUTION_SIGNALED: ({ signalName }) => signalName,
  WORKFLOW_TASK_TIMED_OUT: () => 'task_timed_out',
  WORKFLOW_TASK_FAILED: () => 'task_failed',
  START_CHILD_WORKFLOW_EXECUTION_FAILED: () => 'child_unstarted',
  CHILD_WORKFLOW_EXECUTION_FAILED: () => 'child_failed',
  CHILD_WORKFLOW_EXECUTION_TIMED_OUT: () => 'child_timed_out',
  CHILD_WORKFLOW_EXECUTION_TERMINATED: () => 'child_terminated',
  WORKFLOW_EXECUTION_CONTINUED_AS_NEW: () => 'continued',
  WORKFLOW_EXECUTION_FAILED: () => 'run_failed',
  WORKFLOW_EXECUTION_TIMED_OUT: () => 'run_timed_out',
  WORKFLOW_EXECUTION_TERMINATED: () => 'run_terminated',
};

function stepOf(event: Event): string[] {
  const type = event.eventType.replace('EVENT_TYPE_', '');
  const key = Object.keys(event).find((each) => each.endsWith('EventAttributes')) ?? '';
  const step = STEPS[type]?.((event[key] ?? {}) as Attributes);
  return step === undefined ? [] : [step.replace(/[^\w-]/g, '_')];
}

/** What an activity says to its workflow: what to do and why, or how something stands. */
type Said = { do?: string; state?: string; reason?: string; status?: string };

function said(result: Payloads | undefined): string | undefined {
  const text = textOf(result);
  if (!text.startsWith('{')) return undefined;
  const answer = JSON.parse(text) as Said;
  const more = answer.do === undefined ? undefined : (answer.reason ?? answer.status);
  const step = answer.do ?? answer.state;
  return step !== undefined && more !== undefined ? `${step}-${more}` : step;
}

function textOf(payloads: Payloads | undefined): string {
  return decode(payloads?.payloads?.[0]?.data ?? '');
}

function withoutRepeats(steps: string): string {
  const shorter = steps.replace(/((?:\.[^.]+){1,4}?)\1+(?=\.|$)/g, '$1');
  return shorter === steps ? steps : withoutRepeats(shorter);
}

function fileName(steps: string): string {
  if (steps.length <= LONGEST_NAME) return steps;
  const hash = createHash('sha256').update(steps).digest('hex').slice(0, 8);
  return `${steps.slice(0, LONGEST_NAME - 9).replace(/\.[^.]*$/, '')}.${hash}`;
}
