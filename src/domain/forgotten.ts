import { DETAILS } from './message-details.ts';

type Json = Record<string, unknown>;

/**
 * An event's data, or its whole envelope, as JSON text, without what the message said. Members that say
 * which message, whose and when stay, so that a receiver reads it like any other.
 */
export function withoutContent(json: string): string {
  const event = JSON.parse(json) as Json;
  const { data } = event;
  const isEnvelope = typeof data === 'object' && data !== null && 'sequence' in event;
  return JSON.stringify(isEnvelope ? { ...event, data: emptied(data as Json) } : emptied(event));
}

function emptied(data: Json): Json {
  const kept = Object.entries(data).filter(([member]) => !Object.hasOwn(DETAILS, member));
  return Object.fromEntries(
    kept.map(([member, value]) => [member, Object.hasOwn(EMPTY, member) ? EMPTY[member] : value]),
  );
}

const EMPTY: Json = { text: null, attachments: [], payload: null, content: null };
