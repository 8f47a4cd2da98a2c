import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;
const FOLDER = fileURLToPath(new URL('./histories', import.meta.url));

type Json = Record<string, unknown>;
type Event = Json & { eventType: string };
/** Enumerations by their names, bytes in base64, long numbers as text. */
export type SavedHistory = { events: Event[] };

/** The saved histories by name. */
export function readHistories(): { workflowId: string; text: string; history: SavedHistory }[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => {
      const text = readFileSync(join(FOLDER, file), 'utf8');
      const history = JSON.parse(text) as SavedHistory;
      return { workflowId: file.replace('.json', ''), text, history };
    });
}

/**
 * Saves one history of each kind of run in the namespace, in place of those that were saved
 * before; a kind is what the activities said, in turn. Returns the names of the files.
 */
export async function saveHistories(client: Client): Promise<string[]> {
  const kinds = new Map<string, SavedHistory>();
  for await (const run of client.workflow.list()) {
    const handle = client.workflow.getHandle(run.workflowId, run.runId);
    const fetched = await handle.fetchHistory();
    const history = History.toObject(History.fromObject(fetched), {
      longs: String,
      enums: String,
      bytes: String,
    }) as SavedHistory;
    const name = [run.type, ...stepsOf(history)].join('.');
    if (run.status.name === 'COMPLETED' && name.length < 100)
      kinds.set(name, withoutMachine(history));
  }
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  for (const [name, history] of kinds)
    writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify(history, null, 1)}\n`);
  return [...kinds.keys()];
}

/** What `Worker.runReplayHistories` takes. */
export function asProto(history: SavedHistory): proto.temporal.api.history.v1.History {
  return History.fromObject(history);
}

/** `fetch_profile`, `more`, `wait`, `woken` and so on. */
function stepsOf({ events }: SavedHistory): string[] {
  return events.flatMap((event) => {
    if (event.eventType === 'EVENT_TYPE_TIMER_CANCELED') return ['woken'];
    if (event.eventType === 'EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT') return ['unstarted'];
    const completed = event['activityTaskCompletedEventAttributes'] as Json | undefined;
    const payloads = (completed?.['result'] as { payloads?: { data?: string }[] } | undefined)
      ?.payloads;
    const data = payloads?.[0]?.data;
    const result = data === undefined ? undefined : decode(data);
    const said = result?.startsWith('{') ? (JSON.parse(result) as Said) : {};
    const step = said.do ?? said.state;
    return step ? [step] : [];
  });
}

/** What an activity says to its workflow: what to do, or how something stands. */
type Said = { do?: string; state?: string };

/** The text of a payload. */
export function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

/** Names of machines and processes, and stacks with the paths of files, mean nothing to a replay. */
function withoutMachine<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutMachine) as T;
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => {
    if (key === 'stackTrace') return [key, ''];
    if (key === 'identity') return [key, 'worker'];
    // A sticky queue is named after the process that has it.
    if (key === 'name' && typeof member === 'string' && member.includes('@'))
      return [key, 'sticky'];
    return [key, withoutMachine(member)];
  });
  return Object.fromEntries(members) as T;
}
