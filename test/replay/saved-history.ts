import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;

type Json = Record<string, unknown>;
type Event = Json & { eventType: string };
/** Enumerations by their names, bytes in base64, long numbers as text. */
export type SavedHistory = { events: Event[] };

/** What a run has done so far, without what a replay does not read. */
export async function fetchSavedHistory(handle: WorkflowHandle): Promise<SavedHistory> {
  const fetched = await handle.fetchHistory();
  const history = History.toObject(History.fromObject(fetched), {
    longs: String,
    enums: String,
    bytes: String,
  }) as SavedHistory;
  return forReplay(history);
}

/** What `Worker.runReplayHistories` takes. */
export function asProto(history: SavedHistory): proto.temporal.api.history.v1.History {
  return History.fromObject(history);
}

/** The text of a file: an event in each line. */
export function asText({ events }: SavedHistory): string {
  return `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;
}

/** The text of a payload. */
export function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

/**
 * Names of machines and processes, and errors with addresses and paths of files, mean nothing to a
 * replay; the rest of these is only long.
 */
const UNREAD = new Set([
  ...['identity', 'workerVersion', 'stackTrace', 'message', 'taskId', 'requestId'],
  ...['userMetadata', 'meteringMetadata', 'historySizeBytes', 'header'],
]);

function forReplay<T>(value: T): T {
  if (Array.isArray(value)) return value.map(forReplay) as T;
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).flatMap(([key, member]) => {
    if (UNREAD.has(key)) return [];
    // A sticky queue is named after the process that has it.
    if (key === 'name' && typeof member === 'string' && member.includes('@'))
      return [[key, 'sticky']];
    return [[key, forReplay(member)]];
  });
  return Object.fromEntries(members) as T;
}
