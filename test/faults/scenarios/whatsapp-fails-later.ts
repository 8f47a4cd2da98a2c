import { whatsapp } from '../platforms/whatsapp.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel, until } from '../until.ts';

/** More than a day since the customer wrote: told after a 200, and sometimes before it. */
const CODE = 131_047;

export const whatsappFailsLater: Scenario = {
  name: 'whatsapp-fails-later',
  title: 'a send that is taken with 200 and told as failed later, or before its own answer',
  platform: whatsapp,
  async run(stage) {
    const count = stage.quick ? 4 : 20;
    const planned = { code: CODE, match: 'too late', times: null };
    await stage.onPlatform('PUT', '/failures', [planned]);
    for (const early of [false, true]) {
      await stage.onPlatform('PUT', '/settings', { status_before_response: early });
      const places = Array.from({ length: count }, (_, at) => (early ? count + at : at));
      await inParallel(places, 4, (at) => play(stage, at));
    }
    return 2 * count;
  },
};

async function play(stage: Stage, at: number): Promise<void> {
  const name = `silent-for-days-${at}`;
  const id = await stage.driver.send(name, `too late ${at}`, {
    may: ['failed'],
    refusedLater: true,
  });
  await stage.driver.send(name, `behind it ${at}`);
  type Status = { status: string; error: { code: string } | null };
  const look = async () => (await stage.call<Status>('GET', `/api/v1/messages/${id}/status`)).body;
  await until(`${id} has failed`, 30_000, async () => (await look()).status === 'failed');
  const { error } = await look();
  if (error?.code !== String(CODE)) stage.finding(`${id} failed with ${error?.code}, not ${CODE}`);
}
