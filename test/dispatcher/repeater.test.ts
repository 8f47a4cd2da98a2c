import { describe, expect, it } from '@jest/globals';
import { createParkedSweep } from '../../src/dispatcher/sweeps.ts';
import { createRepeater } from '../../src/dispatcher/repeater.ts';
import { aLog } from '../support/builders.ts';
import { until } from '../support/database.ts';

const NEVER_MS = 3_600_000;

describe('what is done again and again', () => {
  it('is done after each interval until it is stopped', async () => {
    let runs = 0;
    const repeater = createRepeater(5, () => Promise.resolve(void (runs += 1)));
    repeater.start();
    await until(() => Promise.resolve(runs >= 3));
    await repeater.stop();
    const stoppedAt = runs;
    repeater.runNow();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(runs).toBe(stoppedAt);
  });

  it('is never done twice at a time; what comes meanwhile is done once more', async () => {
    let runs = 0;
    let inside = 0;
    const releases: (() => void)[] = [];
    const repeater = createRepeater(NEVER_MS, async () => {
      runs += 1;
      inside += 1;
      expect(inside).toBe(1);
      await new Promise<void>((resolve) => releases.push(resolve));
      inside -= 1;
    });
    for (let times = 0; times < 5; times += 1) repeater.runNow();
    expect(runs).toBe(1);
    releases[0]?.();
    await until(() => Promise.resolve(releases.length === 2));
    releases[1]?.();
    await until(() => Promise.resolve(inside === 0));
    await repeater.stop();
    expect(runs).toBe(2);
  });

  it('is finished when stopping returns', async () => {
    let release: () => void = () => undefined;
    let finished = false;
    const repeater = createRepeater(NEVER_MS, async () => {
      await new Promise<void>((resolve) => (release = resolve));
      finished = true;
    });
    repeater.runNow();
    const stopping = repeater.stop();
    release();
    await stopping;
    expect(finished).toBe(true);
  });
});

describe('the sweep of parked events', () => {
  it('kicks for what it applied, and outlives a failure', async () => {
    const answers = [() => Promise.resolve(3), () => Promise.reject(new Error('away'))];
    const log = aLog();
    let kicks = 0;
    const sweep = createParkedSweep({
      parked: { sweep: () => answers.shift()?.() ?? Promise.resolve(0) },
      logger: log,
      kick: () => (kicks += 1),
      everyMs: 1,
    });
    sweep.start();
    await until(() => Promise.resolve(log.lines.length === 1));
    await sweep.stop();
    expect(kicks).toBe(1);
  });
});
