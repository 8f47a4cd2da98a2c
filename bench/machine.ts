import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

/**
 * Memory in MB. `resident` adds up what every process has, as most tools do; `counted` has the pages
 * that these processes share, programs and PostgreSQL's buffers, only once.
 */
export type Memory = { resident: number; counted: number };

/** A process id with all of its descendants. Linux only; elsewhere the process alone. */
export function processTree(root: number): number[] {
  const children = Map.groupBy(allProcesses(), ({ parent }) => parent);
  const found: number[] = [];
  const visit = (pid: number) => {
    found.push(pid);
    for (const child of children.get(pid) ?? []) visit(child.pid);
  };
  visit(root);
  return found;
}

function allProcesses(): { pid: number; parent: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const parent = Number(stat(Number(name))[1]);
      return Number.isNaN(parent) ? [] : [{ pid: Number(name), parent }];
    });
}

/** The fields of `/proc/<pid>/stat` behind the name, which may itself hold spaces. */
function stat(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** Processor time that a process and all of its descendants, ended ones included, have used, ms. */
export function cpuMs(root: number): number {
  // The kernel counts in ticks of 10 ms on every machine that Node runs on.
  const ticks = (fields: readonly string[], from: number) =>
    (Number(fields[from] ?? 0) + Number(fields[from + 1] ?? 0)) * 10;
  const alive = processTree(root).reduce((sum, pid) => sum + ticks(stat(pid), 11), 0);
  return alive + ticks(stat(root), 13);
}

/**
 * What these processes keep in memory now. Not the kernel's proportional figure: that gets smaller
 * when a stranger runs the same programs.
 */
export function memoryOf(pids: readonly number[]): Memory {
  const shared = new Map<string, number>();
  let [own, resident] = [0, 0];
  for (const mapping of pids.flatMap(mappingsOf)) {
    own += mapping.own;
    resident += mapping.own + mapping.shared;
    const known = shared.get(mapping.content) ?? 0;
    shared.set(mapping.content, Math.max(known, mapping.shared));
  }
  const once = [...shared.values()].reduce((sum, value) => sum + value, 0);
  return { resident: resident / 1024, counted: (own + once) / 1024 };
}

/** One mapping of a process: what it maps, and how much of it is there, kB. */
type Mapping = { content: string; own: number; shared: number };

const HEADER = /^([0-9a-f]+)-[0-9a-f]+ \S+ ([0-9a-f]+) (\S+) (\d+)/;

function mappingsOf(pid: number): Mapping[] {
  const mappings: Mapping[] = [];
  for (const line of smaps(pid)) {
    const [header, start, offset, device, inode] = HEADER.exec(line) ?? [];
    // Memory that a fork still shares with its parent is at the same address in both.
    const content = inode === '0' ? `anonymous ${start}` : `${device} ${inode} ${offset}`;
    if (header !== undefined) mappings.push({ content, own: 0, shared: 0 });
    const last = mappings.at(-1);
    const [, kind, size] = /^(Private|Shared)_(?:Clean|Dirty): +(\d+) kB/.exec(line) ?? [];
    if (last && kind !== undefined) last[kind === 'Private' ? 'own' : 'shared'] += Number(size);
  }
  return mappings;
}

function smaps(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** Whether a process with this id is there. */
export function isAlive(pid: number): boolean {
  return stat(pid).length > 0;
}

/** The first words of a process's command line, to tell it by. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** Load averages of 1, 5 and 15 minutes: far above what the bench itself makes, others were at work. */
export function describeLoad(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(' ');
}

/** One line about where and when this ran. */
export function describeMachine(): string {
  const memory = Math.round(totalmem() / 1024 ** 3);
  const date = new Date().toISOString().slice(0, 16).replace('T', ' ');
  return (
    `${date} UTC, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${memory} GB, ` +
    `Node ${process.versions.node}, load before the run ${describeLoad()}`
  );
}
