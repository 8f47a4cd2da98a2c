import { standing } from '../faults.ts';
import type { Switch } from '../platform.ts';
import { type MetaError, metaErrorBody } from './errors.ts';

/** Longer than any client of ours waits for an answer. */
const HANG = 15_000;
const SENDS = '/messages';

/** What can go wrong with each of Meta's products at the press of a button. */
export function graphSwitches(given: {
  title: string;
  rateLimit: { body: object; headers?: Record<string, string>; hint: string };
  expiredToken: MetaError;
}): Switch[] {
  const { title, rateLimit, expiredToken } = given;
  const { body, headers = {} } = rateLimit;
  return [
    {
      name: 'rate_limit',
      title: 'Too many calls',
      hint: rateLimit.hint,
      told: `${title} answers 429`,
      fault: standing({ match: SENDS, status: 429, headers, body }),
    },
    {
      name: 'server_error',
      title: 'Passing fault',
      hint: '500, “retry later”',
      told: `${title} has a passing fault`,
      fault: standing({ match: SENDS, status: 500, body: retryLater() }),
    },
    {
      name: 'timeout_lost',
      title: 'Message lost',
      hint: 'and no answer',
      told: `Messages to ${title} get lost`,
      fault: standing({ match: SENDS, mode: 'drop', delay_ms: HANG }),
    },
    {
      name: 'timeout_arrived',
      title: 'Answer lost',
      hint: 'but it arrives',
      told: `${title}’s answers get lost`,
      fault: standing({ match: SENDS, mode: 'apply-then-drop', delay_ms: HANG }),
    },
    {
      name: 'token_expired',
      title: 'Expired token',
      hint: 'until a new log-in',
      told: 'The account’s token has expired',
      fault: standing({ status: expiredToken.status, body: metaErrorBody(expiredToken) }),
    },
    {
      name: 'window_closed',
      title: 'Window closed',
      hint: '24 hours are over',
      told: 'The 24-hour window is closed',
      fault: null,
    },
  ];
}

function retryLater(): object {
  return {
    error: {
      message: 'An unexpected error has occurred. Please retry your request later.',
      type: 'OAuthException',
      code: 2,
      is_transient: true,
      fbtrace_id: 'Asandbox',
    },
  };
}
