import type { Narrator } from '../meta/narrate.ts';
import { isObject } from './content.ts';
import { digitsOf } from './numbers.ts';
import { threadByNumber } from './people.ts';
import type { WhatsAppState } from './state.ts';
import { type Value, valuesOf } from './webhooks.ts';

/** WhatsApp's words for the feed of the page. */
export function createNarrator(state: WhatsAppState): Narrator {
  return {
    name: 'whatsapp',
    title: 'WhatsApp',
    proof: 'WhatsApp’s status webhook',
    windowClosed: '131047',
    throttled: /^(4|80007|130429|131056)(\/|$)/,
    passing: /^(1|2|131000|131016|131057|133004)(\/|$)/,
    recipientOf(body) {
      if (!isObject(body)) return null;
      if (body['status'] !== undefined) return undefined;
      const [account] = state.accounts.values();
      const to = typeof body['to'] === 'string' ? digitsOf(body['to']) : '';
      const known = account && threadByNumber(state, account, to);
      return known?.id ?? (typeof body['recipient'] === 'string' ? body['recipient'] : to);
    },
    kindOf: (delivery) => kindOf(valuesOf(delivery)),
  };
}

const KINDS: Record<string, string> = {
  revoke: 'a message taken back',
  edit: 'an edited message',
  reaction: 'a reaction',
  system: 'a changed number',
};

function kindOf(values: Value[]): { words: string; quiet: boolean } {
  const messages = values.flatMap((value) => value.messages ?? []);
  const statuses = values.flatMap((value) => value.statuses ?? []);
  if (messages.length + statuses.length > 1)
    return { words: `${messages.length + statuses.length} things at once`, quiet: false };
  if (messages[0])
    return { words: KINDS[String(messages[0]['type'])] ?? 'a message', quiet: false };
  const status = statuses[0]?.['status'];
  // A good one is told again where the CRM hears of it.
  if (status) return { words: `the status “${String(status)}”`, quiet: status !== 'failed' };
  return { words: 'a message typed in the app', quiet: false };
}
