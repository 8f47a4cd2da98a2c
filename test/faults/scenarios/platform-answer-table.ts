/** An answer to a send, what it has to be taken for, and how the message has to end. */
export type Answer = {
  name: string;
  class: 'transient' | 'throttled' | 'unavailable' | 'unknown' | 'unauthorized' | 'refused';
  ends: 'sent' | 'failed' | 'unconfirmed';
  status?: number;
  body?: unknown;
  mode?: 'fail' | 'drop' | 'apply-then-drop' | 'apply-then-fail';
  headers?: Record<string, string>;
  delayMs?: number;
  /** How often; for ever if left out. */
  times?: number;
};

/** Failures of the account: it pauses, and the message goes on when somebody has seen to it. */
export const unauthorized = { class: 'unauthorized', ends: 'sent' } as const;
export const refused = { class: 'refused', ends: 'failed' } as const;
/** Once, then the platform takes it: what counts is that it is tried again. */
export const throttled = { class: 'throttled', ends: 'sent', times: 1 } as const;
export const transient = { class: 'transient', ends: 'failed' } as const;

/** An error as both of Meta's platforms say it. */
export function metaError(
  number: number,
  subcode: number | null,
  rest: Omit<Answer, 'name'>,
): Answer {
  const error = {
    message: 'As the platform says it.',
    type: 'OAuthException',
    code: number,
    ...(subcode !== null && { error_subcode: subcode }),
    fbtrace_id: 'Afault',
  };
  return {
    name: subcode === null ? `${number}` : `${number}/${subcode}`,
    status: 400,
    body: { error },
    ...rest,
  };
}

/**
 * What stands between us and any platform may say, or not say. `proved`: how a message ends that has
 * arrived and whose answer was lost.
 */
export function httpAnswers(proved: 'sent' | 'unconfirmed'): Answer[] {
  const arrived = { class: 'unknown', ends: proved, mode: 'apply-then-fail' } as const;
  const cut = { class: 'unknown', ends: proved, mode: 'apply-then-drop' } as const;
  return [
    { name: '429 bare', status: 429, body: 'slow down', ...throttled },
    { name: '500 bare', status: 500, ...arrived },
    { name: '502 HTML', status: 502, body: '<html>Bad gateway</html>', ...arrived },
    { name: '503 bare', class: 'unavailable', ends: 'sent', status: 503, body: 'no', times: 1 },
    { name: '200 without an id', status: 200, body: {}, ...arrived },
    { name: '200 HTML', status: 200, body: '<html>OK</html>', ...arrived },
    { name: 'cut after it arrived', ...cut },
    { name: 'hang after it arrived', delayMs: 30_000, ...cut },
    // Nobody has seen proof on this account, so silence proves nothing and a person decides.
    { name: 'cut before it arrived', class: 'unknown', ends: 'unconfirmed', mode: 'drop' },
  ];
}
