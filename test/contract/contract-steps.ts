import type { SendOutcome } from '../../src/domain/outcome.ts';
import type { PlatformUnderTest } from './platform-under-test.ts';

/** The set-up, once it runs: tests are named before that. */
export type Get = () => PlatformUnderTest;

/** What must come out as it went in, both ways. */
export const TEXTS = [
  'plain',
  'Olá, você! Ça va? Größe Ωμέγα Привет',
  '👩‍👩‍👧‍👦 🇧🇷 👍🏽 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  'مرحبا \u202eabc\u202c שלום',
  'e\u0301 \u00e9 Z\u0351\u036b\u0343 नि',
  '漢字𠮷\u3000かな',
  'line\nbreak\r\n\ttab \u2028 \u2029 end',
  '"quoted" \\u0041 </script> {"a":[1]} %00 ${x}',
];

let made = 0;
/** A text that no other test has sent. */
export const fresh = (text: string) => `${text} #${(made += 1)}`;

/** One call with a text, to the customer unless told otherwise. */
export function send(
  get: Get,
  text: string,
  more: { recipientId?: string } = {},
): Promise<SendOutcome> {
  const { channel, account, customer } = get();
  return channel.send(account, {
    recipientId: customer.id,
    text,
    callbackData: `msg_${made}`,
    deadline: performance.now() + 5000,
    answerTimeoutMs: 4000,
    ...more,
  });
}
