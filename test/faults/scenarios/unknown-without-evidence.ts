import type { Account } from '../driver.ts';
import { ARRIVED } from '../entries.ts';
import type { Platform } from '../platforms/platform.ts';
import { nameFor, type Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel, until } from '../until.ts';

/**
 * Two accounts. On one the platform has been heard to tell of a message: silence says that the
 * message did not arrive, and it is sent again, marked. On the other it has not, and on a platform
 * that never tells it cannot be: nobody knows, and a person has to decide.
 */
export const unknownWithoutEvidence = (platform: Platform): Scenario => ({
  name: nameFor('unknown-without-evidence', platform),
  title: 'the connection is cut and no proof comes: resent with the mark, or left to a person',
  platform,
  env: { EVIDENCE_WAIT: '3' },
  allowsUnconfirmed: true,
  async run(stage) {
    const count = stage.quick ? 2 : 20;
    if (platform.silence) await hearOfOne(stage);
    const silent = await stage.addAccount(1);
    if (platform.silence) await stage.onPlatform('PUT', '/settings', platform.silence);
    const places = Array.from({ length: count }, (_, at) => at);
    // One for each: the second try of a message has to get through.
    const cut = (text: string) => ({ match: { body: `"${text}"` }, mode: 'drop' });
    const faults = places.flatMap((at) => [cut(`telling ${at}`), cut(`silent ${at}`)]);
    await stage.onPlatform('PUT', '/faults', faults);
    await inParallel(places, 4, async (at) => {
      if (platform.silence) await isResent(stage, at);
      await isLeft(stage, at, silent);
    });
    stage.expectAlert('dead_letter', silent);
    return faults.length;
  },
});

async function hearOfOne(stage: Stage): Promise<void> {
  await stage.driver.send('told-of', 'the platform tells of this one');
  await until('its proof is taken', 30_000, async () => {
    type Webhooks = { data: { state: string }[] };
    const { data } = await stage.onPlatform<Webhooks>('GET', '/webhooks');
    return data.some(({ state }) => state === 'delivered');
  });
}

async function isResent(stage: Stage, at: number): Promise<void> {
  const first = await stage.driver.send(`a-${at}`, `telling ${at}`);
  await stage.driver.send(`a-${at}`, `after the one in doubt ${at}`);
  await until(`${first} is resent`, 60_000, async () => {
    const path = `/api/v1/messages/${first}/status`;
    type Status = { status: string; possible_duplicate: boolean };
    const { status, possible_duplicate } = (await stage.call<Status>('GET', path)).body;
    const arrived = ARRIVED.has(status);
    if (arrived && !possible_duplicate) stage.finding(`${first} is resent unmarked`);
    return arrived;
  });
}

async function isLeft({ driver }: Stage, at: number, account: Account): Promise<void> {
  await driver.send(`b-${at}`, `silent ${at}`, { account, may: ['unconfirmed'] });
  await driver.send(`b-${at}`, `passes the one in doubt ${at}`, { account });
}
