import { describe, expect, it } from '@jest/globals';
import type { Expected, Found } from '../../src/database/reconciling/expected.ts';
import type { RunTrouble, TroubledRun } from '../../src/database/reconciling/troubles.ts';
import { createReconciler } from '../../src/dispatcher/reconciler.ts';
import { aLog } from '../support/builders.ts';
import { until } from '../support/database.ts';

const NEVER_MS = 3_600_000;

describe('the reconciler', () => {
  const message: Expected = { kind: 'message', messageId: 'm1', round: 1 };
  const lane: Expected = { kind: 'lane', laneId: 'conv_1' };
  const asked = (expected: Expected): Found => ({ expected, stands: false });

  type Given = {
    pages?: Found[][];
    missing?: (expected: readonly Expected[]) => Promise<Expected[]>;
    revive?: (expected: Found['expected']) => Promise<boolean>;
    stuck?: TroubledRun[];
    known?: string[];
  };

  async function run(given: Given) {
    const log = aLog();
    const revived: Found['expected'][] = [];
    const noted: [RunTrouble, string[]][] = [];
    let kicks = 0;
    const pages = given.pages ?? [[asked(message), asked(lane)]];
    const reconciler = createReconciler({
      reconcile: {
        takePage: async (kind) => (kind === 'message' ? (pages.shift() ?? null) : null),
        revive: async (expected) => {
          const done = (await given.revive?.(expected)) ?? true;
          return done && revived.push(expected) > 0;
        },
        takeTurn: async () => true,
        noteTroubles: async (cause, runs) =>
          void noted.push([cause, runs.map(({ workflowId }) => workflowId)]),
        listTroubled: async () => given.known ?? [],
        hasten: async () => undefined,
      },
      temporal: {
        findMissing: (expected) => given.missing?.(expected) ?? Promise.resolve([]),
        findTroubled: async () => ({ stuck: given.stuck ?? [], paused: [] }),
      },
      logger: log,
      kick: () => (kicks += 1),
      everyMs: NEVER_MS,
    });
    reconciler.runNow();
    await until(async () => noted.length === 2);
    await reconciler.stop();
    return { log, revived, noted, kicks };
  }

  it('starts again what Temporal does not run, and nothing else', async () => {
    const test = await run({ missing: async () => [message] });
    expect(test.kicks).toBe(1);
    expect(test.revived).toEqual([message]);
    expect(test.log.lines).toEqual([
      { message: 'workflows were missing and are started again', fields: { count: 1 } },
    ]);
  });

  it('says and kicks nothing where all is as it should be', async () => {
    const test = await run({});
    expect([test.kicks, test.log.lines]).toEqual([0, []]);
  });

  it('moves lanes on that stand still, without asking Temporal', async () => {
    const stuck: Found = { expected: { kind: 'stuck_lane', conversationId: 'c1' }, stands: true };
    const test = await run({ pages: [[stuck]], missing: () => Promise.reject(new Error('asked')) });
    expect(test.revived).toEqual([stuck.expected]);
    expect(test.kicks).toBe(1);
  });

  it('comes to what stands behind many that wait rightly', async () => {
    const heads = Array.from({ length: 1_201 }, (_, at): Expected => ({
      kind: 'message',
      messageId: `m${at}`,
      round: 1,
    }));
    const pages = [0, 500, 1000].map((at) => heads.slice(at, at + 500).map(asked));
    const last = heads.slice(-1);
    const test = await run({
      pages,
      missing: async (page) => page.filter((each) => last.includes(each)),
    });
    expect(test.revived).toEqual(last);
  });

  it('goes on behind one that cannot be started again', async () => {
    const test = await run({
      missing: async (page) => [...page],
      revive: (expected) =>
        expected === message ? Promise.reject(new Error('it cannot')) : Promise.resolve(true),
    });
    expect(test.revived).toEqual([lane]);
    expect(test.log.lines[0]?.message).toBe('a workflow could not be started again');
  });

  it('gives up for this time while Temporal does not answer, and does not throw', async () => {
    const test = await run({ missing: () => Promise.reject(new Error('away')) });
    expect(test.log.lines).toHaveLength(1);
    expect(test.revived).toEqual([]);
  });

  it('tells of runs that cannot go on, and logs each once', async () => {
    const stuck = ['message/1', 'message/2'].map((workflowId) => ({ workflowId, accountId: 'a' }));
    const test = await run({ stuck, known: ['message/1'] });
    expect(test.noted).toEqual([
      ['workflow_stuck', ['message/1', 'message/2']],
      ['workflow_paused', []],
    ]);
    expect(test.log.lines).toEqual([
      { message: 'the tasks of a run keep failing', fields: { workflow_id: 'message/2' } },
    ]);
  });
});
