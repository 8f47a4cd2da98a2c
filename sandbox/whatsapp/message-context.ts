import type { Json } from './content.ts';
import type { Written } from './written.ts';
import type { Account, Message, Thread } from './state.ts';

/** The member `context` of a message: that it was passed on, or what it answers. */
export function contextOf(thread: Thread, given: Written, account: Account): object {
  if (given.forwarded === 'often') return { context: { frequently_forwarded: true } };
  if (given.forwarded === 'once') return { context: { forwarded: true } };
  const place = given.group ?? thread;
  const id = given.replyTo ?? answeredBy(given, place.messages);
  if (id === undefined) return {};
  const answered = place.messages.find((each) => each.id === id);
  const from = answered?.from === 'customer' ? (thread.number ?? undefined) : account.number;
  return { context: { ...(from && { from }), id } };
}

/** What is tapped stands below a message of the business: the newest, unless another is named. */
function answeredBy({ type, content }: Written, messages: Message[]): string | undefined {
  const kind = String((content as Json | undefined)?.['type'] ?? '');
  const tapped = type === 'button' || (type === 'interactive' && kind.endsWith('_reply'));
  return tapped ? messages.findLast(({ from }) => from === 'business')?.id : undefined;
}
