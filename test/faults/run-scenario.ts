import { check, type Verdict } from './checker.ts';
import { collect } from './collect.ts';
import { readJournals } from './journal.ts';
import { instagram } from './platforms/instagram.ts';
import type { Scenario } from './scenario.ts';
import type { Services } from './services.ts';
import { settle } from './settle.ts';
import { openStage, type Stage } from './stage.ts';

/** A row of the table. */
export type Row = {
  scenario: Pick<Scenario, 'name'>;
  /** How often the fault was injected. */
  runs: number;
  verdict: Verdict;
  /** What the scenario measured beside. */
  notes: string[];
  seconds: number;
  ok: boolean;
};

export type RunOptions = {
  services: Services;
  folder: string;
  quick: boolean;
  /** Looks at a stage that is over, before it is gone. Must not throw; its time is not the row's. */
  look?: (scenario: Scenario, stage: Stage) => Promise<void>;
};

const SETTLE_MS = 120_000;

/** Injects the fault, waits, collects, and judges what the journals say. Never throws. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Row> {
  const begun = performance.now();
  let runs = 0;
  let lookedMs = 0;
  const broken: string[] = [];
  try {
    const { platform = instagram, env = {}, unstarted = false } = scenario;
    await options.services.repair();
    const stage = await openStage({ ...options, platform, env, unstarted });
    try {
      runs = await play(scenario, stage);
      const over = performance.now();
      await options.look?.(scenario, stage);
      lookedMs = performance.now() - over;
    } finally {
      await stage.close();
    }
  } catch (error) {
    broken.push(`there is no stage: ${(error as Error).message}`);
  }
  const journals = readJournals(options.folder);
  const verdict = check(journals);
  verdict.wrong.push(...broken);
  return {
    scenario,
    runs,
    verdict,
    notes: journals.driver.flatMap((each) => (each.kind === 'note' ? [each.what] : [])),
    seconds: (performance.now() - begun - lookedMs) / 1000,
    ok: isClean(verdict, scenario),
  };
}

/** What goes wrong here is a finding, and whatever was accepted before is judged all the same. */
async function play(scenario: Scenario, stage: Stage): Promise<number> {
  let runs = 0;
  try {
    runs = await scenario.run(stage);
  } catch (error) {
    stage.finding(`the scenario broke off: ${(error as Error).message}`);
    for (const { driver } of stage.all) driver.stop();
    await stage.services.repair();
  }
  try {
    for (const each of stage.processes) if (!each.isRunning()) await each.start();
    await settle(stage, scenario.settleMs ?? SETTLE_MS);
    await collect(stage);
  } catch (error) {
    stage.finding(`the router could not be asked: ${(error as Error).message}`);
  }
  await untilAlertsAreDue(stage.folder);
  return runs;
}

/** An alert is late only once its minute is over. */
async function untilAlertsAreDue(folder: string): Promise<void> {
  const end = Date.now() + 60_000;
  while (Date.now() < end && check(readJournals(folder)).alertsLate.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 500));
}

function isClean(verdict: Verdict, scenario: Scenario): boolean {
  const { accepted: _, unconfirmed, ...findings } = verdict;
  const none = Object.values(findings).every((list) => list.length === 0);
  return none && (scenario.allowsUnconfirmed === true || unconfirmed.length === 0);
}
