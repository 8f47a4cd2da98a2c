import { instagram, webhook } from '../platforms/instagram.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel } from '../until.ts';

/** Signed, and nothing that a careful program would send: ten kinds, five of each. */
function poisonOf({ account }: Stage, at: number): unknown {
  const ends = { sender: { id: `poison-${at}` }, recipient: { id: account.externalId } };
  const item = (message: unknown) => webhook(account, [{ ...ends, timestamp: at, message }]);
  const mid = instagram.newMessageId();
  const kinds: unknown[] = [
    Buffer.from('{"object":"instagram","entry":[{'),
    Buffer.from([0xff, 0xfe, 0x00, 0x7b]),
    Buffer.from('['.repeat(50_000) + ']'.repeat(50_000)),
    item({ mid, text: `nul \u0000 and half \ud83d a pair` }),
    item({ mid: { deep: [1, 2] }, text: 42 }),
    { object: 'instagram', entry: 'not a list' },
    webhook(account, [null, 7, 'text', [], {}]),
    webhook({ ...account, externalId: '999999999999999999999999' }, [
      { ...ends, message: { mid } },
    ]),
    item({ mid, text: 'x'.repeat(200_000) }),
    {
      __proto__: null,
      object: 'instagram',
      entry: [{ id: account.externalId, changes: [{ field: 'new' }] }],
    },
  ];
  return kinds[at % kinds.length];
}

export const poison: Scenario = {
  name: 'poison',
  title: '50 payloads that cannot be read, between good ones',
  async run(stage) {
    const count = stage.quick ? 10 : 50;
    const places = Array.from({ length: count }, (_, at) => at);
    await inParallel(places, 4, async (at) => {
      await stage.driver.hear(`good-${at % 5}-${at}`, `good ${at} before`);
      const status = await stage.driver.post(poisonOf(stage, at));
      // Anything else, and the platform would send it again for days.
      if (status !== 200) stage.finding(`poison ${at % 10} was answered with ${status}`);
      await stage.driver.hear(`good-${at % 5}-${at}`, `good ${at} after`);
    });
    return count;
  },
};
