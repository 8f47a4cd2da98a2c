/** Messages that a platform announces without their content: how often it is asked for it. */

/** So many times a platform may say no: its answer may lag behind its announcement. */
const MOST_REFUSALS = 4;
/** About a day, a minute apart. */
const MOST_ATTEMPTS = 1_440;

/** What follows when a message could not be fetched; `attempts` counts this one. */
export function afterFailedFetch({
  kind,
  attempts,
}: {
  kind: 'refused' | 'unauthorized' | 'throttled' | 'unreachable';
  attempts: number;
}): 'ask_again' | 'give_up' {
  const answered = kind === 'refused' || kind === 'unauthorized';
  return attempts < (answered ? MOST_REFUSALS : MOST_ATTEMPTS) ? 'ask_again' : 'give_up';
}
