import { parseArgs } from 'node:util';

/** What can be measured, in the order in which it runs. */
export const FIGURES = [
  'accept',
  'status',
  'inbound',
  'outbound',
  'burst',
  'throughput',
  'mirror',
  'memory',
] as const;
export type FigureName = (typeof FIGURES)[number];

/** How much of everything: small enough to end by itself in minutes, whatever happens. */
export type Scale = {
  /** Length of each paced figure. */
  pacedSeconds: { api: number; endToEnd: number };
  /** Messages of one throughput run. */
  burst: number;
  /** Messages that wait for the CRM's own database. */
  backlog: number;
  /** How often router and bare workflows take turns. */
  rounds: number;
  /** How long `npm start` is left alone before its idle memory is read. */
  idleMs: number;
};

export type Options = { only: ReadonlySet<FigureName>; scale: Scale; profile: boolean };

const FULL: Scale = {
  pacedSeconds: { api: 20, endToEnd: 20 },
  burst: 500,
  backlog: 10_000,
  rounds: 3,
  idleMs: 15_000,
};
const QUICK: Scale = {
  pacedSeconds: { api: 5, endToEnd: 6 },
  burst: 100,
  backlog: 10_000,
  rounds: 1,
  idleMs: 3_000,
};

/** Reads the command line. Throws with a text that names what is wrong. */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  const named = values.only?.split(',').map((name) => name.trim()) ?? [...FIGURES];
  const only = new Set(named.map(asFigure));
  return { only, scale: values.quick ? QUICK : FULL, profile: values.profile };
}

function asFigure(name: string): FigureName {
  const figure = FIGURES.find((known) => known === name);
  if (!figure) throw new Error(`--only: there is no "${name}"; there are ${FIGURES.join(', ')}.`);
  return figure;
}
