import {
  condition,
  continueAsNew,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { DeadLetterStep } from '../activities/handle-dead-letter.ts';
import type { AskedBy } from '../domain/dead-letter.ts';
import {
  discardSignal,
  RECORDED,
  replaySignal,
  ROUTER_QUEUE,
  searchAttributes,
  toldSignal,
  type DeadLetterInput,
} from './contract.ts';

const RETRIES = {
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
} as const;
const OPTIONS = { ...RETRIES, taskQueue: ROUTER_QUEUE } as const;

type Look = Pick<Activities, 'lookAtDeadLetter'>;
/**
 * A look reads one row, in the worker that has the workflow anyway: by a task of its own it would
 * cost Temporal twice as much, and a thousand letters that are replayed are two thousand looks.
 */
const local = proxyLocalActivities<Look>({
  ...RETRIES,
  // Waits in the worker keep its task open; beyond this Temporal waits, as for any other activity.
  localRetryThreshold: '5 seconds',
  summary: 'look at its row',
});
/** For runs that were begun before looks were local. */
const remote = proxyActivities<Look>({ ...OPTIONS, summary: 'look at its row' });

const { replayDeadLetter } = proxyActivities<Pick<Activities, 'replayDeadLetter'>>({
  ...OPTIONS,
  summary: 'ask for one more attempt',
});
const { discardDeadLetter } = proxyActivities<Pick<Activities, 'discardDeadLetter'>>({
  ...OPTIONS,
  summary: 'give it up for good',
});
const { expireDeadLetter } = proxyActivities<Pick<Activities, 'expireDeadLetter'>>({
  ...OPTIONS,
  summary: 'nobody came: let it expire',
});

/**
 * One dead letter: open as long as this runs, so that the list of running workflows is the list of
 * dead letters. Waits for somebody to replay or discard it, or for its 30 days to be over.
 */
export async function deadLetter(input: DeadLetterInput): Promise<string> {
  let asked: { what: 'replay' | 'discard'; by: AskedBy } | undefined;
  let heard = input.heard ?? 0;
  let told = false;
  let state: string | undefined;
  const hear = (what: 'replay' | 'discard') => (from?: string) => {
    if (from === RECORDED) return void (told = true);
    heard += 1;
    const request = { what, by: { run: workflowInfo().firstExecutionRunId, number: heard } };
    if (what === 'discard') asked = request;
    // Asked for again while a replay is under way, it would be repeated once that has failed.
    else if (state !== 'replaying') asked ??= request;
  };
  setHandler(replaySignal, hear('replay'), {
    description: 'Try once more; if that fails, the letter waits here again.',
  });
  setHandler(discardSignal, hear('discard'), { description: 'Give it up for good.' });
  setHandler(toldSignal, () => void (told = true));
  const { lookAtDeadLetter } = patched(LOCAL_LOOKS) ? local : remote;

  for (;;) {
    told = false;
    const letter = await lookAtDeadLetter(input);
    state = letter.state;
    show(letter);
    if (letter.state !== 'open' && letter.state !== 'replaying') return letter.state;

    if (letter.state === 'open' && letter.asked) asked ??= { what: letter.asked, by: 'row' };
    const waitMs = letter.state === 'open' ? letter.expiresInMs : REPLAYING_LOOK_MS;
    const decided = () => told || (letter.state === 'open' && asked !== undefined);
    const inTime = await condition(decided, waitMs, { summary: waitSummary(letter.state) });

    if (letter.state === 'open' && asked !== undefined) {
      const wanted = asked;
      asked = undefined;
      const order = { deadLetterId: input.deadLetterId, by: wanted.by };
      if (wanted.what === 'replay') {
        state = 'replaying';
        await replayDeadLetter(order);
      } else await discardDeadLetter(order);
    } else if (letter.state === 'open' && !inTime) await expireDeadLetter(input);

    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof deadLetter>({ ...input, heard });
  }
}

/** See docs/operations.md, "A new version". */
const LOCAL_LOOKS = 'look-at-dead-letters-locally';

/** What became of a replay is told by a signal; a lost one costs an hour. */
const REPLAYING_LOOK_MS = 3_600_000;

function waitSummary(state: string): string {
  return state === 'open' ? 'wait for replay or discard' : 'wait for what the replay comes to';
}

/** What an operator sees at the top of the page, and can filter by. */
function show(letter: DeadLetterStep): void {
  setCurrentDetails(
    `${letter.state}: ${letter.reason}, ${letter.attempts} attempts, ` +
      `last at ${letter.lastAttemptAt ?? 'no time'}` +
      (letter.lastStatusCode === null ? '' : `, status ${letter.lastStatusCode}`),
  );
  upsertSearchAttributes([
    { key: searchAttributes.reason, value: letter.reason },
    ...(letter.lastAttemptAt === null
      ? []
      : [{ key: searchAttributes.lastAttempt, value: new Date(letter.lastAttemptAt) }]),
    ...(letter.lastStatusCode === null
      ? []
      : [{ key: searchAttributes.lastStatusCode, value: letter.lastStatusCode }]),
  ]);
}
