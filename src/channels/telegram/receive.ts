import { createHash } from 'node:crypto';
import { revisionOf } from '../../domain/message-change.ts';
import type { ChannelEvent, WebhookRequest } from '../channel.ts';
import { isObject, parseJson } from './fields.ts';
import { readEdit, readMessage } from './read-message.ts';
import { readCallback, readMember, readReaction } from './read-other.ts';
import { UpdateId } from './schema.ts';
import type { Reader, Source } from './source.ts';

/** The updates that we ask Telegram for. A reader gives null for what it cannot read. */
const READERS: Record<string, Reader> = {
  message: readMessage,
  edited_message: readEdit,
  message_reaction: readReaction,
  callback_query: readCallback,
  my_chat_member: readMember,
};

/** Names for `allowed_updates`. */
export const UPDATE_KINDS = Object.keys(READERS);

/**
 * Reads a webhook body of Telegram: one update, following `Update` of the Bot API. Never throws.
 *
 * A key is made of what happened and not of `update_id` alone, which starts anew somewhere else
 * after a quiet week: one that came before must not make a message disappear.
 */
export function receive(request: WebhookRequest): ChannelEvent[] {
  const body = parseJson(request.body);
  const hash = createHash('sha256').update(request.body).digest('hex');
  const updateId = isObject(body) ? UpdateId.safeParse(body['update_id']).data : undefined;
  const source: Source = {
    accountExternalId: request.account?.externalId ?? null,
    update: updateId === undefined ? hash : `${updateId}`,
    revision: revisionOf(updateId),
  };
  if (!isObject(body)) return [useless('unreadable', 'update', source)];
  const known = UPDATE_KINDS.filter((kind) => body[kind] !== undefined);
  if (known.length === 0) {
    const said = Object.keys(body).some((member) => member !== 'update_id');
    return [useless(said ? 'ignored' : 'unreadable', 'update', source)];
  }
  return known.flatMap((kind) => {
    const events = READERS[kind]?.(body[kind], source) ?? null;
    if (events === null) return [useless('unreadable', kind, source)];
    return events.length > 0 ? events : [useless('ignored', kind, source)];
  });
}

function useless(kind: 'ignored' | 'unreadable', member: string, source: Source): ChannelEvent {
  const { accountExternalId, update } = source;
  return { kind, accountExternalId, key: `${member}:${update}`, at: null };
}
