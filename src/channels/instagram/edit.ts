import { revisionOf } from '../../domain/message-change.ts';
import type { MessageContent } from '../../domain/message.ts';
import type { Author, ChannelEvent, Customer } from '../channel.ts';
import { hash, unusable } from '../meta-webhook.ts';
import type { Source } from '../meta-webhook.ts';
import { EditItem } from './schema.ts';

/**
 * Reads an item with a `message_edit`. The edit of number 0 is none: Instagram tells a **new** message
 * like that, mostly without its text and its two sides, which then have to be asked for. Of others it
 * tells the new words and nothing else; without them there is nothing to change.
 */
export function readEdit(raw: unknown, source: Source): ChannelEvent {
  const parsed = EditItem.safeParse(raw);
  if (!parsed.success) return unusable('unreadable', raw, source);
  const { message_edit: edit, timestamp } = parsed.data;
  const { accountExternalId, customer, by } = sidesOf(parsed.data, source.accountId);
  const platformMessageId = edit.mid;
  const base = { accountExternalId, at: timestamp ?? source.time, platformMessageId };
  const isNew = edit.num_edit === 0 || (!edit.text && (edit.num_edit ?? null) === null);
  const content: MessageContent | null = edit.text
    ? { type: 'text', text: edit.text, attachments: [] }
    : null;
  if (isNew) return { ...base, kind: 'untold', key: `untold:${edit.mid}`, customer, by, content };
  if (!content) return unusable('ignored', raw, source);
  if (!customer) return unusable('unreadable', raw, source);
  return {
    ...base,
    kind: 'edited',
    key: `edited:${edit.mid}:${edit.num_edit ?? timestamp ?? hash(raw, source.place)}`,
    customer,
    by,
    content,
    wordsOnly: true,
    revision: revisionOf(edit.num_edit),
    isCount: true,
  };
}

type Sides = { accountExternalId: string | null; customer: Customer | null; by: Author };

/** Where one of them is missing, whoever is not the account is the customer. */
function sidesOf({ sender, recipient }: EditItem, accountId: string | null): Sides {
  const accountExternalId = accountId ?? recipient?.id ?? null;
  const other = [sender?.id, recipient?.id].find((id) => id && id !== accountExternalId);
  const by = sender?.id === accountExternalId ? 'owner' : 'customer';
  return { accountExternalId, customer: other ? { externalId: other } : null, by };
}
