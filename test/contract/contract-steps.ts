import type { SendRequest } from '../../src/channels/channel.ts';
import type {
  MediaContent,
  MediaType,
  OutgoingContent,
} from '../../src/domain/outgoing-content.ts';
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

/** One call, to the customer unless told otherwise. */
export function send(
  get: Get,
  content: string | OutgoingContent,
  more: Partial<SendRequest> = {},
): Promise<SendOutcome> {
  const { channel, account } = get();
  return channel.send(account, requestFor(get, content, more));
}

/** What the router would ask: an answer within 24 hours, with a few seconds to make it. */
export function requestFor(
  get: Get,
  content: string | OutgoingContent,
  more: Partial<SendRequest> = {},
): SendRequest {
  return {
    recipientId: get().customer.id,
    content: typeof content === 'string' ? { type: 'text', text: content } : content,
    refersTo: null,
    customerWroteAt: Date.now(),
    callbackData: `msg_${made}`,
    deadline: performance.now() + 5000,
    answerTimeoutMs: 4000,
    ...more,
  };
}

/** The platform's id of what was sent. Throws where it was not. */
export async function sentId(sent: Promise<SendOutcome>): Promise<string> {
  const outcome = await sent;
  if (outcome.class === 'sent' && outcome.platformMessageId !== null)
    return outcome.platformMessageId;
  throw new Error(`Not sent: ${JSON.stringify(outcome)}`);
}

/** The calls that the channel makes of a content. Throws where it makes none. */
export function partsOf(get: Get, content: OutgoingContent): OutgoingContent[] {
  const plan = get().channel.planSend(content);
  if ('parts' in plan) return plan.parts;
  throw new Error(`Not planned: ${JSON.stringify(plan)}`);
}

/** A file by its address, with nothing else said of it. */
export function media(type: MediaType, url: string): MediaContent {
  const unsaid = { mediaId: null, caption: null, fileName: null, mimeType: null, sizeBytes: null };
  return { type, url, ...unsaid };
}
