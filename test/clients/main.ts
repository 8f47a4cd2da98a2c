import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable } from '../../src/local/table.ts';
import type { Part } from './part.ts';
import { PARTS } from './parts/index.ts';
import { type RunningCopy, startCopy } from './running-copy.ts';
import { createToolbox } from './toolbox.ts';

/**
 * `npm run test:clients [-- name …]`: public tools that read the OpenAPI document of a running copy
 * and use it. Each is installed in a temporary folder, which is removed at the end.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const print = (text: string) => process.stdout.write(`${text}\n`);

function chosen(): Part[] {
  const unknown = positionals.filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0)
    throw new Error(`There is no part ${unknown.join(', ')}; --list shows all.`);
  return PARTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
}

type Row = { part: Part; ok: boolean; said: string; seconds: number };

async function runPart(part: Part, copy: RunningCopy, folder: string): Promise<Row> {
  const started = Date.now();
  const place = join(folder, part.name);
  const row = (ok: boolean, said: string) => ({
    ...{ part, ok, said },
    seconds: Math.round((Date.now() - started) / 1000),
  });
  try {
    const tools = createToolbox(place);
    for (const program of part.needs) await tools.require(program);
    return row(true, await part.run({ copy, folder: place, tools }));
  } catch (error) {
    return row(false, (error as Error).message);
  }
}

async function main(): Promise<boolean> {
  const parts = chosen();
  if (values.list) {
    for (const { name, title } of parts) print(`${name.padEnd(18)} ${title}`);
    return true;
  }
  const folder = mkdtempSync(join(tmpdir(), 'chat4all-clients-'));
  // PostgreSQL runs as another user when we are root, and must be able to pass through.
  chmodSync(folder, 0o711);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const rows: Row[] = [];
  try {
    const copy = await startCopy(join(folder, 'copy'));
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        void copy.close().finally(() => {
          remove();
          process.exit(130);
        });
      });
    try {
      for (const part of parts) {
        print(`${part.name}: ${part.title}`);
        const row = await runPart(part, copy, folder);
        rows.push(row);
        print(`  ${row.ok ? 'ok' : 'FAILED'} in ${row.seconds} s: ${row.said}`);
        if (!values.keep) rmSync(join(folder, part.name), { recursive: true, force: true });
      }
    } finally {
      await copy.close();
    }
  } finally {
    if (values.keep) print(`Kept: ${folder}`);
    else remove();
  }
  print(`\n${tableOf(rows)}`);
  return rows.length === parts.length && rows.every(({ ok }) => ok);
}

function tableOf(rows: Row[]): string {
  return formatTable(
    rows.map(({ part, ok, seconds }) => [
      part.name,
      `${ok ? 'ok    ' : 'FAILED'}  ${String(seconds).padStart(4)} s  ${part.title}`,
    ]),
  );
}

process.exitCode = (await main()) ? 0 : 1;
