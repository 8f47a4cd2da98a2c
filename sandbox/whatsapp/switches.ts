import { MetaError, metaErrorBody } from '../meta/errors.ts';
import { graphSwitches } from '../meta/switches.ts';
import { refusals } from './errors.ts';

/** What can go wrong with WhatsApp at the press of a button. It names no time to wait. */
export const whatsAppSwitches = graphSwitches({
  title: 'WhatsApp',
  rateLimit: { hint: '429, too much for this number', body: metaErrorBody(rateLimit()) },
  expiredToken: refusals.expiredToken(),
});

function rateLimit(): MetaError {
  return new MetaError({
    code: 130429,
    message: '(#130429) Rate limit hit',
    details:
      'Message failed to send because there were too many messages sent from this phone number in a short period of time.',
  });
}
