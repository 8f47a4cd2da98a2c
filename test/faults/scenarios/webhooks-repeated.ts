import type { Platform } from '../platforms/platform.ts';
import { nameFor, type Scenario } from '../scenario.ts';
import { inParallel } from '../until.ts';

const COPIES = 10;
const CUSTOMERS = 50;

/** A generator with a seed: a run that fails can be made again. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function shuffle<Item>(items: Item[], random: () => number): Item[] {
  for (let at = items.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    const [a, b] = [items[at] as Item, items[other] as Item];
    items[at] = b;
    items[other] = a;
  }
  return items;
}

export const webhooksRepeated = (platform: Platform): Scenario => ({
  name: nameFor('webhooks-repeated', platform),
  platform,
  title: '2,000 platform webhooks ten times each, in any order, many at once',
  settleMs: 300_000,
  async run(stage) {
    const count = stage.quick ? 100 : 2000;
    const begun = Date.now();
    const words = Array.from({ length: count }, (_, at) => ({
      customer: `echoing-${at % CUSTOMERS}`,
      text: `word ${at}`,
      id: stage.platform.newMessageId(),
      at: begun + at,
    }));
    const seen = new Set<string>();
    const copies = shuffle(
      words.flatMap((word) => Array.from({ length: COPIES }, () => word)),
      createRandom(4),
    );
    await inParallel(copies, 16, async ({ customer, text, id, at }) => {
      const again = seen.has(id);
      seen.add(id);
      await stage.driver.hear(customer, text, { id, at, again, shuffled: true });
    });
    return count * COPIES;
  },
});
