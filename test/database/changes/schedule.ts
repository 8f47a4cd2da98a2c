/** Everything that can happen to a message. */
export type Act = 'message' | 'edit1' | 'edit2' | 'delete' | 'react' | 'unreact';

/** One of them, to the message of conversation `n`, at a second of the platform's clock. */
export type Step = { n: number; customer: string; mid: string; act: Act; second: number };

/** What happens to one message, in the order in which the router is told. */
export type Schedule = { n: number; steps: Step[]; inOneBody: boolean };

/** When each happened: one after the other, all within a second, and with a clock that goes back. */
const CLOCKS: Record<Act, number>[] = [
  { message: 10, edit1: 20, edit2: 30, react: 25, unreact: 35, delete: 40 },
  { message: 10, edit1: 10, edit2: 10, react: 10, unreact: 10, delete: 10 },
  { message: 50, edit1: 20, edit2: 30, react: 40, unreact: 15, delete: 5 },
];

/**
 * Every order of what may happen, with the deletion and without, each with one of the clocks; by
 * turns in one body or one by one, and every sixth told twice. Of those with the deletion every
 * `every`th is taken. Numbers begin at `first`.
 */
export function schedulesOf(acts: readonly Act[], first: number, every = 1): Schedule[] {
  const without = permutations(acts.filter((act) => act !== 'delete'));
  const withDeletion = acts.includes('delete') ? permutations(acts) : [];
  const orders = [...withDeletion.filter((_, index) => index % every === 0), ...without];
  return orders.map((order, index) => {
    const n = first + index;
    const clock = CLOCKS[(index + Math.floor(index / 7)) % CLOCKS.length] ?? CLOCKS[0];
    const steps = order.map((act) => ({
      n,
      customer: `49${1_000_000 + n}`,
      mid: `mid.${n}`,
      act,
      second: clock?.[act] ?? 0,
    }));
    const told = index % 6 === 0 ? [...steps, ...steps.toReversed()] : steps;
    return { n, steps: told, inOneBody: index % 2 === 0 };
  });
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

/** How a message ends: what it says, and the customer's reaction. */
export type End = { deleted: boolean; text: string | null; reaction: string | null };

/**
 * What holds in the end, by nothing but the platform's clock and, at one second, by its number of what
 * is `numbered`, else by arrival.
 */
export function endOf({ n, steps }: Schedule, numbered: readonly Act[]): End {
  if (steps.some(({ act }) => act === 'delete'))
    return { deleted: true, text: null, reaction: null };
  // What is told a second time is no news.
  const news = steps.filter(
    (step, index) => steps.findIndex(({ act }) => act === step.act) === index,
  );
  const last = (acts: Act[]) =>
    news
      .filter(({ act }) => acts.includes(act))
      .toSorted((a, b) => a.second - b.second || byNumber(a, b, numbered))
      .at(-1);
  const edit = last(['edit1', 'edit2']);
  const text = edit?.act === 'edit1' ? 'second' : 'third';
  const reaction = last(['react', 'unreact'])?.act === 'react' ? '👍' : null;
  return { deleted: false, text: `${text} ${n}`, reaction };
}

/** Of two edits, or two reactions, the names are in the order of their numbers. */
function byNumber({ act: a }: Step, { act: b }: Step, numbered: readonly Act[]): number {
  return numbered.includes(a) && numbered.includes(b) ? a.localeCompare(b) : 0;
}
