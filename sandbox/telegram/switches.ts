import { standing } from '../faults.ts';
import type { Switch } from '../platform.ts';
import { refusals, telegramErrorBody } from './errors.ts';

/** Longer than any client of ours waits for an answer. */
const HANG = 15_000;
const SENDS = '/send';
/** Seconds the bot is told to wait. */
const WAIT = 5;
const BAD_GATEWAY =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n';

/** What can go wrong with Telegram at the press of a button. */
export const telegramSwitches: Switch[] = [
  {
    name: 'rate_limit',
    title: 'Too many calls',
    hint: `429, wait ${WAIT} s`,
    told: 'Telegram answers 429',
    fault: standing({
      match: SENDS,
      status: 429,
      headers: { 'retry-after': String(WAIT) },
      body: telegramErrorBody(refusals.tooManyRequests(WAIT)),
    }),
  },
  {
    name: 'server_error',
    title: 'Passing fault',
    hint: '502, a page of HTML',
    told: 'Telegram has a passing fault',
    fault: standing({ match: SENDS, status: 502, body: BAD_GATEWAY }),
  },
  {
    name: 'timeout_lost',
    title: 'Message lost',
    hint: 'and no answer',
    told: 'Messages to Telegram get lost',
    fault: standing({ match: SENDS, mode: 'drop', delay_ms: HANG }),
  },
  {
    name: 'timeout_arrived',
    title: 'Answer lost',
    hint: 'but it arrives',
    told: 'Telegram’s answers get lost',
    fault: standing({ match: SENDS, mode: 'apply-then-drop', delay_ms: HANG }),
  },
  {
    name: 'token_expired',
    title: 'Token revoked',
    hint: 'until a new one is given',
    told: 'The bot’s token is revoked',
    fault: standing({ status: 401, body: telegramErrorBody(refusals.unauthorized()) }),
  },
  {
    name: 'blocked',
    title: 'Bot blocked',
    hint: '403, by the customer',
    told: 'The customer has blocked the bot',
    fault: standing({ match: SENDS, status: 403, body: telegramErrorBody(refusals.blocked()) }),
  },
];
