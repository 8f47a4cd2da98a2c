/**
 * What a platform's message has beyond what is told elsewhere, for `platform_data`. Paths are those
 * of single values, with `*` for any place in a list: `contacts.*.name`.
 */
export type Told = {
  /** Told in another form, or of no use outside: ids of the envelope, flags, names of kinds. */
  always: readonly string[];
  /** Told where `content` has the very value: an odd one is left over. */
  ifHeld: readonly string[];
};

/** The item without what is told, and without objects and lists that are empty by that. */
export function leftOver(
  item: Record<string, unknown>,
  told: Told,
  content: unknown,
): Record<string, unknown> {
  const always = new Set(told.always);
  const ifHeld = new Set(told.ifHeld);
  const held = new Set<string>();
  collect(content, held);
  const isTold = (value: unknown, paths: string[]) =>
    paths.some((path) => always.has(path)) ||
    (paths.some((path) => ifHeld.has(path)) && held.has(asText(value)));
  return (rest(item, ['', ''], isTold, 0) ?? {}) as Record<string, unknown>;
}

/** Printing recurses as well: what is deeper than any platform nests is kept as it is. */
const MOST_LEVELS = 32;

type IsTold = (value: unknown, paths: string[]) => boolean;

/** `paths`: with the places in lists, and with `*` in their stead. */
function rest(value: unknown, paths: string[], isTold: IsTold, level: number): unknown {
  if (value === null || value === undefined || value === '') return undefined;
  if (typeof value !== 'object') return isTold(value, paths) ? undefined : value;
  if (level === MOST_LEVELS) return value;
  const isList = Array.isArray(value);
  const [exact = '', any = ''] = paths;
  const under = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);
  const entries = Object.entries(value).flatMap(([name, each]: [string, unknown]) => {
    const here = [under(exact, name), under(any, isList ? '*' : name)];
    const left = rest(each, here, isTold, level + 1);
    return left === undefined ? [] : [[name, left] as const];
  });
  if (entries.length === 0) return undefined;
  return isList ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

function collect(value: unknown, held: Set<string>): void {
  if (typeof value === 'object' && value !== null)
    for (const each of Object.values(value)) collect(each, held);
  else if (value !== null && value !== undefined) held.add(asText(value));
}

/** As readers mend text, so that a mended one is found. */
function asText(value: unknown): string {
  return String(value).replaceAll('\0', '\ufffd').toWellFormed();
}
