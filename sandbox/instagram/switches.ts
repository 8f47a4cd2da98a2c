import { graphSwitches } from '../meta/switches.ts';
import { refusals } from './errors.ts';
import { DEMO_ACCOUNT } from './state.ts';

/** What can go wrong with Instagram at the press of a button. */
export const instagramSwitches = graphSwitches({
  title: 'Instagram',
  rateLimit: { hint: '429, wait a minute', headers: usage(), body: tooManyRequests() },
  expiredToken: refusals.expiredToken(),
});

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
