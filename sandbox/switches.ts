import { z } from 'zod';
import type { Fault, FaultQueue } from './faults.ts';
import { FaultSchema } from './faults.ts';
import { metaErrorBody, refusals } from './instagram/errors.ts';
import { DEMO_ACCOUNT } from './instagram/state.ts';

/** The page's switches: each lets one thing go wrong until it is turned off. */
export const SWITCHES = [
  'rate_limit',
  'server_error',
  'timeout_lost',
  'timeout_arrived',
  'token_expired',
  'window_closed',
  'crm_down',
] as const;

export type SwitchName = (typeof SWITCHES)[number];

/** Any subset; true turns on. */
export const SwitchesSchema = z.partialRecord(z.enum(SWITCHES), z.boolean());

export type Switches = {
  set(name: SwitchName, on: boolean): void;
  isOn(name: SwitchName): boolean;
  all(): Record<SwitchName, boolean>;
  reset(): void;
};

/** Longer than any client of ours waits for an answer. */
const HANG = 15_000;
const SENDS = '/messages';

/** Puts each switch's fault behind the queue of the side that it breaks. */
export function createSwitches(queues: { instagram: FaultQueue; crm: FaultQueue }): Switches {
  const on = new Set<SwitchName>();
  function set(name: SwitchName, turnOn: boolean): void {
    if (turnOn) on.add(name);
    else on.delete(name);
    const queue = name === 'crm_down' ? queues.crm : queues.instagram;
    queue.stand(name, turnOn ? faultFor(name) : null);
  }
  return {
    set,
    isOn: (name) => on.has(name),
    all: () => Object.fromEntries(SWITCHES.map((name) => [name, on.has(name)])) as never,
    reset: () => SWITCHES.forEach((name) => set(name, false)),
  };
}

/** Null where a rule of the state does it instead. */
function faultFor(name: SwitchName): Fault | null {
  const fault = (given: z.input<typeof FaultSchema>) =>
    FaultSchema.parse({ times: null, ...given });
  switch (name) {
    case 'rate_limit':
      return fault({ match: SENDS, status: 429, headers: usage(), body: tooManyRequests() });
    case 'server_error':
      return fault({
        match: SENDS,
        status: 500,
        body: {
          error: {
            message: 'An unexpected error has occurred. Please retry your request later.',
            type: 'OAuthException',
            code: 2,
            is_transient: true,
            fbtrace_id: 'Asandbox',
          },
        },
      });
    case 'timeout_lost':
      return fault({ match: SENDS, mode: 'drop', delay_ms: HANG });
    case 'timeout_arrived':
      return fault({ match: SENDS, mode: 'apply-then-drop', delay_ms: HANG });
    case 'token_expired':
      return fault({ status: 400, body: metaErrorBody(refusals.expiredToken()) });
    case 'window_closed':
      return null;
    case 'crm_down':
      return fault({ status: 503, body: { error: 'The CRM is down.' } });
  }
}

function tooManyRequests(): object {
  return {
    error: {
      message: '(#613) Calls to this api have exceeded the rate limit.',
      type: 'OAuthException',
      code: 613,
      error_subcode: 2534040,
      fbtrace_id: 'Asandbox',
    },
  };
}

/** The only hint Meta gives: percent used, and minutes until calls are taken again. */
function usage(): Record<string, string> {
  const instagram = {
    type: 'instagram',
    call_count: 100,
    total_cputime: 12,
    total_time: 14,
    estimated_time_to_regain_access: 1,
  };
  return {
    'x-business-use-case-usage': JSON.stringify({
      [DEMO_ACCOUNT.instagram_account_id]: [instagram],
    }),
  };
}
