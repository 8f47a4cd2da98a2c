/** One line of the table. `met` null: there is no aim for it. */
export type Row = {
  figure: string;
  measured: string;
  aim: string;
  /** What the same machine does at best in the same run, where there is such a thing. */
  beside: string;
  met: boolean | null;
};

/** A row for a latency that should stay under an aim, ms. */
export function latencyRow(figure: string, value: number, aim: number, beside = ''): Row {
  return {
    figure,
    measured: `${value.toFixed(value < 10 ? 1 : 0)} ms`,
    aim: `≤ ${aim} ms`,
    beside,
    met: value <= aim,
  };
}

/** The rows as a Markdown table: readable in a terminal, and ready to be kept. */
export function formatRows(rows: readonly Row[]): string {
  return formatTable([
    ['figure', 'measured', 'aim', 'beside it in the same run', 'verdict'],
    ...rows.map((row) => [row.figure, row.measured, row.aim, row.beside, verdict(row)]),
  ]);
}

/** Any rows under a header, with aligned columns. */
export function formatTable(lines: readonly string[][]): string {
  const [header = [], ...rest] = lines;
  const widths = header.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const format = (line: readonly string[]) =>
    `| ${widths.map((width, column) => (line[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  return [header, rule, ...rest].map(format).join('\n');
}

function verdict({ met }: Row): string {
  if (met === null) return '';
  return met ? 'met' : 'MISSED';
}
