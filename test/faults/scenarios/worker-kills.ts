import type { Stage } from '../stage.ts';
import { until } from '../until.ts';

/** What lets a kill hit one point of a send: makes that point wait, and says when it is reached. */
export type Trap = {
  /** Resolves when the message with this text is at the point. */
  arm(stage: Stage, text: string): Promise<void>;
  /** After the kill. */
  disarm?(stage: Stage): Promise<void>;
};

const CONVERSATIONS = 3;

/**
 * Kills the worker again and again, each time with a message at the point; two more wait behind it
 * in its conversation, and other conversations are under way.
 */
export async function killAtPoint(stage: Stage, kills: number, trap: Trap): Promise<number> {
  // Silence means something only where an echo has been seen before.
  await stage.driver.send('seen-before', 'an ordinary message');
  await untilArrived(stage, 'an ordinary message');
  for (let kill = 0; kill < kills; kill += 1) {
    const reached = trap.arm(stage, `hit ${kill} `);
    reached.catch(() => undefined);
    await stage.driver.send(`hit-${kill}`, `hit ${kill} first`);
    await Promise.all(
      Array.from({ length: CONVERSATIONS }, async (_, at) => {
        await stage.driver.send(`beside-${at}`, `beside ${kill} ${at}`);
        await stage.driver.hear(`beside-${at}`, `word ${kill} ${at}`);
      }),
    );
    await stage.driver.send(`hit-${kill}`, `after hit ${kill}`);
    await reached;
    await stage.worker.end('SIGKILL');
    await trap.disarm?.(stage);
    await stage.worker.start();
  }
  return kills;
}

type LedgerCall = { raw: string; status: number | null; duration_ms: number | null };

/** Calls of the platform whose body has this text. */
export async function callsWith(stage: Stage, text: string): Promise<LedgerCall[]> {
  const path = `/received?method=POST&path=${stage.platform.sendPath}`;
  const { data } = await stage.onPlatform<{ data: LedgerCall[] }>('GET', path);
  return data.filter(({ raw }) => raw.includes(text));
}

async function untilArrived(stage: Stage, text: string): Promise<void> {
  await until(`the platform has "${text}"`, 60_000, async () =>
    (await callsWith(stage, text)).some(({ status }) => status === 200),
  );
}
