import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DefaultLogger, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { workflowBundlePath } from '../support/temporal.ts';
import { copyWorkflows, type ScratchWorkflows } from '../workflows/scratch-workflows.ts';
import { scenarios } from '../faults/scenarios/index.ts';
import { readFaultIndex } from './fault-histories.ts';
import { readHistories } from './histories.ts';
import { recordHistories } from './record-histories.ts';
import { asProto, decode, type SavedHistory } from './saved-history.ts';

/**
 * Runs of an older version go on under a newer one, which must give the same commands for the same
 * history. CONTRIBUTING.md says how new ones are recorded.
 */
if (process.env['RECORD_HISTORIES']) it('records new histories', recordHistories, 400_000);

let scratch: ScratchWorkflows;
beforeAll(() => {
  // What a replay is there to find would otherwise be printed as well.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
  });
  scratch = copyWorkflows();
});
afterAll(() => scratch.remove());

/** The errors of a replay by the name of the history; null where there was none. */
async function replay(
  workflowBundle: WorkflowBundleOption,
  histories: { workflowId: string; history: SavedHistory }[],
): Promise<Record<string, Error | null>> {
  const results: Record<string, Error | null> = {};
  const run = Worker.runReplayHistories(
    { workflowBundle },
    histories.map(({ workflowId, history }) => ({ workflowId, history: asProto(history) })),
  );
  for await (const { workflowId, error } of run) results[workflowId] = error ?? null;
  return results;
}

const WORKFLOWS = [
  'conversation.ts',
  'send-message.ts',
  'dead-letter.ts',
  'replay-dead-letters.ts',
  'mirror-to-crm.ts',
];
const PLANTED = "import { sleep as planted } from '@temporalio/workflow';";

describe('saved histories', () => {
  it('are of the workflows that run most, with waits that ended and waits that were ended', () => {
    const names = readHistories().map(({ workflowId }) => workflowId);
    for (const part of [
      /sendMessage\.done/,
      /sendMessage\.next/,
      /sendMessage\.wait[\w-]*\.(wake\.)?woken/,
      /conversation\.fetch_profile/,
      /conversation.*wait[\w-]*\.(more|end)/,
      /checkAccounts/,
      // Nobody worked for the channel: the run ends after the first wait.
      /checkChannelAccounts\.unstarted/,
      /mirrorToCrm\.end/,
    ])
      expect(names.join(' ')).toMatch(part);
  });

  it('are there of every row of the fault suite', () => {
    const index = readFaultIndex();
    const saved = new Set(readHistories().map(({ workflowId }) => workflowId));
    const isThere = (file: string) => saved.has(`faults/${file}`);
    // There is no row without a workflow: each accepts something that has to be delivered.
    const lacking = scenarios.filter(
      ({ name }) => !index[name]?.length || !index[name].every(isThere),
    );
    expect(lacking.map(({ name }) => name)).toEqual([]);
  });

  it('go through the workflows of today', async () => {
    const results = await replay({ codePath: await workflowBundlePath() }, readHistories());
    expect(Object.keys(results).length).toBeGreaterThan(4);
    for (const [name, error] of Object.entries(results))
      expect([name, error]).toEqual([name, null]);
  });

  it('do not go through workflows that do something else first', async () => {
    const plant = (file: string, place: string) =>
      scratch.change(file, place, `  await planted('1 second');\n${place}`);
    for (const file of [...WORKFLOWS, 'check-accounts.ts', 'fetch-message.ts'])
      scratch.change(file, 'import type', `${PLANTED}\nimport type`);
    for (const file of WORKFLOWS) plant(file, '  for (;;) {');
    plant('fetch-message.ts', '  await activities.fetchMessage');
    for (const step of ['  const channels = await', '  for (let { after }'])
      plant('check-accounts.ts', step);
    const { code, output } = await scratch.bundle();
    if (code === null) throw new Error(output);
    const results = await replay({ code }, readHistories());
    for (const [name, error] of Object.entries(results))
      expect([name, error]).toEqual([name, expect.any(DeterminismViolationError)]);
  });

  it('hold no private data and no name of a machine or path', () => {
    for (const { workflowId, text } of readHistories()) {
      const payloads = [...text.matchAll(/"data": ?"([^"]+)"/g)].map(([, data = '']) =>
        decode(data),
      );
      const all = [text, ...payloads].join('\n');
      const found = all.match(
        /\/(home|root|work|tmp|usr|Users)\/|file:|@[\w-]+-\w|IGAA|customer-\d|hello|https?:|127\.0\.0\.1/g,
      );
      expect([workflowId, found]).toEqual([workflowId, null]);
      expect(all).not.toContain(hostname());
    }
  });
});

describe('a run whose history has become long', () => {
  /** The run up to the answer of its first activity, after which the server suggests a new run. */
  function continuedAsNew(suggested: boolean): SavedHistory {
    const found = readHistories().find(({ workflowId }) => /sendMessage\.next\./.test(workflowId));
    const events = found?.history.events ?? [];
    const from = (type: string, after = 0) =>
      events.findIndex((event, at) => at >= after && event.eventType === `EVENT_TYPE_${type}`);
    const completed = from('ACTIVITY_TASK_COMPLETED');
    const [started, decided] = ['STARTED', 'COMPLETED'].map((type) =>
      from(`WORKFLOW_TASK_${type}`, completed),
    ) as [number, number];
    const attributes = events[started]?.['workflowTaskStartedEventAttributes'];
    Object.assign(attributes as object, { suggestContinueAsNew: suggested });
    const begun = events[0]?.['workflowExecutionStartedEventAttributes'] as Record<string, unknown>;
    return {
      events: [
        ...events.slice(0, decided + 1),
        {
          eventId: String(decided + 2),
          eventTime: events[decided]?.['eventTime'],
          eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW',
          workflowExecutionContinuedAsNewEventAttributes: {
            newExecutionRunId: '00000000-0000-4000-8000-000000000000',
            workflowType: begun['workflowType'],
            taskQueue: begun['taskQueue'],
            input: begun['input'],
            workflowTaskCompletedEventId: String(decided + 1),
          },
        },
      ],
    };
  }

  it('goes on in a new run when Temporal suggests it, and not before', async () => {
    const bundle = { codePath: await workflowBundlePath() };
    const results = await replay(bundle, [
      { workflowId: 'suggested', history: continuedAsNew(true) },
      { workflowId: 'not-suggested', history: continuedAsNew(false) },
    ]);
    expect(results['suggested']).toBeNull();
    expect(results['not-suggested']).toBeInstanceOf(DeterminismViolationError);
  });
});
