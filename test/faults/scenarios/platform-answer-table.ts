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

function code(number: number, subcode: number | null, rest: Omit<Answer, 'name'>): Answer {
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

/** Failures of the account: it pauses, and the message goes on when somebody has seen to it. */
const unauthorized = { class: 'unauthorized', ends: 'sent' } as const;
const refused = { class: 'refused', ends: 'failed' } as const;
/** Once, then the platform takes it: what counts is that it is tried again. */
const throttled = { class: 'throttled', ends: 'sent', times: 1 } as const;
const transient = { class: 'transient', ends: 'failed' } as const;

export const ANSWERS: Answer[] = [
  code(190, null, unauthorized),
  code(190, 463, unauthorized),
  code(190, 460, { ...unauthorized, status: 401 }),
  code(102, null, unauthorized),
  code(10, 2534015, unauthorized),
  code(200, null, unauthorized),
  code(3, null, unauthorized),
  code(200, 2534041, unauthorized),
  code(10, 1893063, unauthorized),
  code(100, 2534029, unauthorized),
  code(368, null, unauthorized),
  code(10, 2534022, { ...refused, status: 403 }),
  code(10, 2018278, refused),
  code(551, 1545041, refused),
  code(200, 1545041, refused),
  code(10, 2018108, refused),
  code(100, 2534014, refused),
  code(2534001, null, refused),
  code(100, 2534052, refused),
  code(100, null, refused),
  code(100, 2018047, refused),
  code(4, null, throttled),
  code(17, null, throttled),
  code(32, null, throttled),
  code(613, 2534040, { ...throttled, status: 429, headers: { 'retry-after': '1' } }),
  code(80_002, null, throttled),
  { name: '429 bare', status: 429, body: 'slow down', ...throttled },
  code(1, null, { ...transient, status: 500 }),
  code(2, 1545133, { ...transient, status: 500 }),
  code(1200, null, transient),
  code(1, 1357046, { class: 'unknown', ends: 'sent', mode: 'apply-then-fail', times: 1 }),
  { name: '500 bare', class: 'unknown', ends: 'sent', mode: 'apply-then-fail', status: 500 },
  {
    name: '502 HTML',
    class: 'unknown',
    ends: 'sent',
    mode: 'apply-then-fail',
    status: 502,
    body: '<html>Bad gateway</html>',
  },
  { name: '503 bare', class: 'unavailable', ends: 'sent', status: 503, body: 'no', times: 1 },
  {
    name: '200 without an id',
    class: 'unknown',
    ends: 'sent',
    mode: 'apply-then-fail',
    status: 200,
    body: {},
  },
  {
    name: '200 HTML',
    class: 'unknown',
    ends: 'sent',
    mode: 'apply-then-fail',
    status: 200,
    body: '<html>OK</html>',
  },
  { name: 'cut after it arrived', class: 'unknown', ends: 'sent', mode: 'apply-then-drop' },
  {
    name: 'hang after it arrived',
    class: 'unknown',
    ends: 'sent',
    mode: 'apply-then-drop',
    delayMs: 30_000,
  },
  // Nobody has seen an echo on this account, so silence proves nothing and a person decides.
  { name: 'cut before it arrived', class: 'unknown', ends: 'unconfirmed', mode: 'drop' },
];
