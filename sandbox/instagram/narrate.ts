import type { Narrator } from '../meta/narrate.ts';
import { messagingOf } from './webhooks.ts';

/** Instagram's words for the feed of the page. */
export const narrator: Narrator = {
  name: 'instagram',
  title: 'Instagram',
  proof: 'Instagram’s echo',
  windowClosed: '10/2534022',
  throttled: /^(4|17|32|613|80002)(\/|$)/,
  passing: /^[12](\/|$)/,
  recipientOf(body) {
    const id = (body as { recipient?: { id?: unknown } } | undefined)?.recipient?.id;
    return typeof id === 'string' ? id : null;
  },
  kindOf(delivery) {
    const item = messagingOf(delivery)?.[0];
    const message = item?.['message'] as Record<string, unknown> | undefined;
    return { words: kindOf(item, message), quiet: message?.['is_echo'] === true };
  },
};

function kindOf(
  item: Record<string, unknown> | undefined,
  message: Record<string, unknown> | undefined,
): string {
  if (message?.['is_echo']) return 'an echo';
  if (message?.['is_deleted']) return 'a message taken back';
  if (message) return 'a message';
  if (item?.['read']) return 'a message that was seen';
  if (item?.['reaction']) return 'a reaction';
  if (item?.['message_edit']) return 'an edited message';
  return 'an event';
}
