import type { Row } from './run-scenario.ts';

const COLUMNS = [
  'scenario',
  'runs',
  'accepted',
  'lost',
  'duplicated',
  'out of order',
  'unconfirmed',
  'alerts late',
  'exits',
  'other',
  'seconds',
  '',
] as const;

/** The rows as a table of plain text. */
export function formatTable(rows: Row[]): string {
  const lines = [[...COLUMNS], ...rows.map(cells)];
  const widths = COLUMNS.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const format = (line: string[]) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ');
  return lines.map(format).join('\n');
}

function cells({ scenario, runs, verdict, seconds, ok }: Row): string[] {
  const { accepted, ...lists } = verdict;
  const { lost, duplicated, outOfOrder, unconfirmed, alertsLate, exits, wrong } = lists;
  return [
    scenario.name,
    String(runs),
    String(accepted),
    ...[lost, duplicated, outOfOrder, unconfirmed, alertsLate, exits, wrong].map((list) =>
      String(list.length),
    ),
    seconds.toFixed(0),
    ok ? 'ok' : 'FAILED',
  ];
}

/** What a failed row found: a few lines of each kind. */
export function explain({ verdict }: Row): string[] {
  const { accepted: _, ...lists } = verdict;
  return Object.entries(lists).flatMap(([kind, list]) => [
    ...list.slice(0, 5).map((line) => `  ${kind}: ${line}`),
    ...(list.length > 5 ? [`  ${kind}: … and ${list.length - 5} more`] : []),
  ]);
}
