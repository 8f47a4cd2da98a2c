import type { MessageDetails } from './message-details.ts';

/** What `platform_data` may have at most, as JSON in UTF-8 and with its own braces. */
export const MOST_PLATFORM_DATA_BYTES = 16 * 1024;
/** Deeper nesting is cut off: printing and storing it recurses. */
const MOST_LEVELS = 32;
const WRAPPING = bytesOf({ content: 0, truncated: false }) - 1;

/**
 * What no other member of a message holds, so that a CRM can read kinds of content that the router
 * has no member for. Well-formed text without NUL, in names as well; what is too long or too deep is
 * cut, smaller members being kept first. Undefined where there is nothing. Never throws on JSON.
 */
export function toPlatformData(left: Record<string, unknown>): MessageDetails['platform_data'] {
  const copy = storable(left, MOST_LEVELS);
  const content = copy.value as Record<string, unknown>;
  if (Object.keys(content).length === 0) return undefined;
  const room = MOST_PLATFORM_DATA_BYTES - WRAPPING;
  if (bytesOf(content) <= room) return { content, truncated: copy.cut };
  return { content: (fitted(content, room) ?? {}) as Record<string, unknown>, truncated: true };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

type Copy = { value: unknown; cut: boolean };

/** A copy that PostgreSQL and UTF-8 take as it is, `levels` deep at most. */
function storable(value: unknown, levels: number): Copy {
  if (typeof value === 'string') return { value: storableText(value), cut: false };
  if (typeof value === 'number')
    return { value: Number.isFinite(value) ? value : null, cut: false };
  if (typeof value !== 'object' || value === null)
    return { value: typeof value === 'boolean' ? value : null, cut: false };
  if (levels === 0) return { value: null, cut: true };
  const entries = Object.entries(value).map(
    ([name, each]) => [storableText(name), storable(each, levels - 1)] as const,
  );
  const cut = entries.some(([, each]) => each.cut);
  if (Array.isArray(value)) return { value: entries.map(([, each]) => each.value), cut };
  return { value: Object.fromEntries(entries.map(([name, each]) => [name, each.value])), cut };
}

function storableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/** As much of a value as has `room` bytes as JSON; undefined where nothing of it has. */
function fitted(value: unknown, room: number): unknown {
  if (bytesOf(value) <= room) return value;
  if (typeof value === 'string') return fittedText(value, room);
  if (typeof value !== 'object' || value === null || room < 2) return undefined;
  const isList = Array.isArray(value);
  const kept = fittedEntries(Object.entries(value), isList, room - 2);
  return isList ? kept.map(([, each]) => each) : Object.fromEntries(kept);
}

/** The small ones first, in the order in which they stood. */
function fittedEntries(
  entries: [string, unknown][],
  isList: boolean,
  room: number,
): [string, unknown][] {
  let left = room;
  const kept = entries
    .map(([name, value], place) => ({ name, value, place, bytes: bytesOf(value) }))
    .toSorted((one, other) => one.bytes - other.bytes)
    .flatMap(({ name, value, place }) => {
      // With the colon and the comma; of a list's item, with the comma.
      const around = (isList ? 0 : bytesOf(name) + 1) + 1;
      const part = fitted(value, left - around);
      if (part === undefined) return [];
      left -= around + bytesOf(part);
      return [{ name, part, place }];
    });
  return kept
    .toSorted((one, other) => one.place - other.place)
    .map(({ name, part }) => [name, part]);
}

/** The beginning of a text, cut between characters. */
function fittedText(text: string, room: number): string | undefined {
  let left = room - 2;
  if (left <= 0) return undefined;
  let kept = '';
  for (const character of text) {
    left -= bytesOf(character) - 2;
    if (left < 0) break;
    kept += character;
  }
  return kept === '' ? undefined : kept;
}
