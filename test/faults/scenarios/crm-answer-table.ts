import type { Stage } from '../stage.ts';

/** What has to become of an event that is answered so. */
export type Fate =
  | 'taken'
  /** Tried until the "day" is over, then a dead letter. */
  | 'expired'
  /** Five attempts, then a dead letter. */
  | 'rejected'
  /** One attempt, then a dead letter. */
  | 'unauthorized'
  /** One attempt, then nothing until somebody enables the endpoint again. */
  | 'disabled'
  /** One attempt, and the last one at the end of the "day". */
  | 'postponed';

export type Answer = {
  name: string;
  fate: Fate;
  status?: number;
  headers?: () => Record<string, string>;
};

const LIMIT_MS = 7_000;
/** An attempt that begins shortly before the limit and hangs is the last one. */
const HANG_MS = 1_500;

const retryAfter = (value: string, name: string, fate: Fate = 'expired'): Answer => ({
  name: `429 ${name}`,
  fate,
  status: 429,
  headers: () => ({ 'retry-after': value }),
});

export const ANSWERS: Answer[] = [
  { name: '200', fate: 'taken', status: 200 },
  { name: '204', fate: 'taken', status: 204 },
  {
    name: '301',
    fate: 'expired',
    status: 301,
    headers: () => ({ location: '/crm/webhooks/elsewhere' }),
  },
  { name: '400', fate: 'rejected', status: 400 },
  { name: '401', fate: 'unauthorized', status: 401 },
  { name: '404', fate: 'expired', status: 404 },
  { name: '408', fate: 'expired', status: 408 },
  { name: '410', fate: 'disabled', status: 410 },
  retryAfter('0', 'zero'),
  retryAfter('-1', 'negative'),
  retryAfter('1000000000', 'far', 'postponed'),
  {
    ...retryAfter('', 'date', 'postponed'),
    headers: () => ({ 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }),
  },
  retryAfter('soon, please', 'garbage'),
  { name: '500', fate: 'expired', status: 500 },
  { name: '503', fate: 'expired', status: 503 },
];

/** Fewer than this in a "day" would be no retrying; more would be a storm. */
const ATTEMPTS: Record<Fate, [number, number]> = {
  taken: [1, 1],
  expired: [3, 14],
  rejected: [5, 5],
  unauthorized: [1, 1],
  disabled: [1, 1],
  postponed: [2, 2],
};

/** Compares the attempts with what the fate allows; late machines may make fewer of them. */
export async function judgeFate(
  stage: Stage,
  { name, fate }: Answer,
  attempts: number[],
  begunAt: number,
): Promise<void> {
  const [least, most] = ATTEMPTS[fate];
  const count = attempts.length;
  if (count < least || count > most)
    stage.finding(`answer ${name}: ${count} attempts, expected ${least} to ${most}`);
  const last = (attempts.at(-1) ?? begunAt) - (attempts[0] ?? begunAt);
  if ((fate === 'postponed' || fate === 'expired') && last + HANG_MS < LIMIT_MS * 0.9)
    stage.finding(`answer ${name}: given up ${last} ms after the first attempt`);
}
