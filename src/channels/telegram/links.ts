import type { Link } from '../../domain/message-details.ts';
import type { EntityIn } from './bodies.ts';
import { mended } from './fields.ts';

/**
 * Addresses behind words of a text, and people who are mentioned without a username; following
 * `MessageEntity` of the Bot API, which counts in UTF-16 units.
 */
export function linksIn(text: string | null, entities: readonly EntityIn[]): Link[] {
  return entities.flatMap((entity) => {
    const url = addressOf(entity);
    if (url === null || entity.offset === null) return [];
    const { offset, length } = entity;
    // A place that is not between characters would leave half of one.
    const words = mended((text ?? '').slice(offset, offset + (length ?? 0)));
    return [{ text: words, offset, url }];
  });
}

function addressOf({ type, url, user }: EntityIn): string | null {
  if (type === 'text_link') return url;
  return type === 'text_mention' && user ? mentionOf(user.id) : null;
}

/** How Telegram writes a link to somebody by their id. */
export function mentionOf(userId: string): string {
  return `tg://user?id=${userId}`;
}
