/** The rules of automatic answers: what fits, when, how often, and with whose name in them. */

export const AUTO_REPLY_MATCHES = ['exact', 'contains', 'starts_with', 'regex'] as const;
export type AutoReplyMatch = (typeof AUTO_REPLY_MATCHES)[number];

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/**
 * When a rule is active, by the clock on the wall of a time zone. `to` is no longer in it; one that
 * is not after `from` lies on the next day, and `days` are those on which the time begins.
 */
export type ActiveHours = {
  /** As the IANA database calls it: `America/Sao_Paulo`. */
  timezone: string;
  days: readonly Weekday[];
  /** `HH:MM` */
  from: string;
  /** `HH:MM`, or `24:00`. */
  to: string;
};

export type AutoReplyRule = {
  id: string;
  version: number;
  match: AutoReplyMatch;
  pattern: string;
  caseSensitive: boolean;
  activeHours: ActiveHours | null;
};

/** Whether a customer's text is one that a rule answers. */
export type TextMatcher = (text: string) => boolean;

/**
 * So many automatic messages a conversation gets in an hour: where the other side is a machine as
 * well, this is what ends the talk.
 */
export const MOST_AUTO_REPLIES_PER_HOUR = 10;

/** Longer texts are looked at this far: the time that a pattern takes grows with the text. */
const LONGEST_LOOK = 4096;

/** The first rule, in the order given, that is active now and fits the text. */
export function chooseRule<Rule extends AutoReplyRule>(
  rules: readonly Rule[],
  text: string,
  nowMs: number,
  matcherOf: (rule: Rule) => TextMatcher,
): Rule | undefined {
  const look = text.slice(0, LONGEST_LOOK).toWellFormed();
  return rules.find(
    (rule) =>
      (rule.activeHours === null || isActive(rule.activeHours, nowMs)) && matcherOf(rule)(look),
  );
}

/** The matcher of every kind of rule but `regex`, whose engine is not ours. */
export function plainMatcher(
  match: Exclude<AutoReplyMatch, 'regex'>,
  pattern: string,
  caseSensitive: boolean,
): TextMatcher {
  const read = (text: string) => (caseSensitive ? text.normalize('NFC') : fold(text));
  const [whole, wanted] = [read(pattern), read(pattern).trim()];
  switch (match) {
    case 'exact':
      return (text) => read(text).trim() === wanted;
    case 'contains':
      // White space around it may be meant: " no " is not in "not now".
      return (text) => read(text).includes(whole);
    case 'starts_with':
      return (text) => read(text).trim().startsWith(wanted);
  }
}

/** Lower case first, then upper: only both together make `ß` and `SS`, `ς` and `Σ` the same. */
function fold(text: string): string {
  return text.normalize('NFC').toLowerCase().toUpperCase().normalize('NFC');
}

/** Whether the time lies in the hours. */
export function isActive({ timezone, days, from, to }: ActiveHours, nowMs: number): boolean {
  const { day, minute } = localTime(timezone, nowMs);
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  const isOn = (weekday: number) => days.includes(WEEKDAYS[(weekday + 7) % 7] ?? 'mon');
  if (begin < end) return isOn(day) && minute >= begin && minute < end;
  return (isOn(day) && minute >= begin) || (isOn(day - 1) && minute < end);
}

/** Whether the name is one of a time zone, and not an offset, which knows no summer time. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function localTime(timezone: string, nowMs: number): { day: number; minute: number } {
  const clock =
    clocks.get(timezone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  clocks.set(timezone, clock);
  const parts = Object.fromEntries(
    clock.formatToParts(nowMs).map(({ type, value }) => [type, value]),
  );
  const day = WEEKDAYS.indexOf((parts['weekday'] ?? '').toLowerCase() as Weekday);
  return { day, minute: Number(parts['hour']) * 60 + Number(parts['minute']) };
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** What is known of a customer; `id` is the platform's. */
export type CustomerNames = { id: string; username: string | null; name: string | null };

const PLACEHOLDER = /\{(\w+)\}/g;

/** What stands in braces and is no placeholder: most likely one with a typing error. */
export function unknownPlaceholders(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)]
    .map(([whole]) => whole)
    .filter((each) => each !== '{username}' && each !== '{name}');
}

/** Whether the platform has to be asked before the template can be filled in as it should be. */
export function lacksNames(template: string, names: CustomerNames): boolean {
  return (
    (template.includes('{username}') && !names.username) ||
    (template.includes('{name}') && !names.name)
  );
}

/** The text for a customer. A name that nobody knows is the other one, or the platform's id. */
export function fillTemplate(template: string, names: CustomerNames): string {
  const username = tidy(names.username);
  const name = tidy(names.name);
  // In one go: a name may look like a placeholder.
  return template.replaceAll(PLACEHOLDER, (whole, placeholder: string) => {
    if (placeholder === 'username') return username ?? name ?? names.id;
    if (placeholder === 'name') return name ?? username ?? names.id;
    return whole;
  });
}

/** Names are the customer's to choose: one line, and not a whole page. */
function tidy(name: string | null): string | null {
  const line = (name ?? '').replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line === '' ? null : [...line].slice(0, 100).join('');
}
