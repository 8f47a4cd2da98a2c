import { supersedes } from '../../domain/message-change.ts';
import type { Attachment } from '../../domain/message.ts';
import type { MessageDetails } from '../../domain/message-details.ts';
import type { Transaction } from '../database.ts';
import { addChangeEvent, type Scene } from './change-event.ts';
import { NOTHING, type AppliedEvent, type Of } from './customer-event.ts';
import { forgetMessage, forgetWebhooks } from './forget-message.ts';
import type { Target } from './message-target.ts';
import type { Change } from './parked.ts';
import { applyReaction } from './reaction.ts';

/**
 * Somebody edited, deleted or reacted to a message. The platform's time decides what holds and not the
 * order of arrival; what is deleted stays so, whatever comes later. The message's platform id and its
 * conversation must be locked.
 */
export async function applyChange(
  tx: Transaction,
  scene: Scene,
  target: Target,
  event: Change,
): Promise<AppliedEvent> {
  if (target.deleted) {
    if (event.kind === 'edited')
      await forgetWebhooks(tx, scene.account.id, event.platformMessageId);
    return NOTHING;
  }
  const told = await apply(tx, scene, target, event);
  if (!told) return NOTHING;
  return { messageId: target.id, conversationId: target.conversation_id, proved: false };
}

/** False: something newer holds already, and nobody is told of what was before. */
async function apply(
  tx: Transaction,
  scene: Scene,
  target: Target,
  event: Change,
): Promise<boolean> {
  switch (event.kind) {
    case 'edited':
      return applyEdit(tx, scene, target, event);
    case 'deleted':
      await applyDeletion(tx, scene, target, event);
      return true;
    case 'reaction':
      return applyReaction(tx, scene, target, event);
  }
}

async function applyEdit(
  tx: Transaction,
  scene: Scene,
  target: Target,
  event: Of<'edited'>,
): Promise<boolean> {
  const atMs = event.at ?? Date.now();
  const { edit_time: time, edit_revision: revision } = target;
  const held = time === null ? null : { atMs: time.getTime(), revision };
  const { revision: number, isCount } = event;
  if (!supersedes({ atMs, revision: number, isCount }, held)) return false;
  const row = await writeEdit(tx, target.id, event, new Date(atMs));
  if (!row) return false;
  await addChangeEvent(tx, scene, target, event, {
    message_type: row.type,
    text: row.text,
    attachments: row.attachments,
    payload: row.payload,
    reply_to: target.direction === 'in' ? target.refers_to_id : null,
    ...row.details,
  });
  return true;
}

type EditedRow = {
  type: string;
  text: string | null;
  attachments: Attachment[];
  payload: string | null;
  details: MessageDetails;
};

async function writeEdit(
  tx: Transaction,
  messageId: string,
  event: Of<'edited'>,
  at: Date,
): Promise<EditedRow | undefined> {
  const { type, text, attachments, payload = null, details = {} } = event.content;
  const [row] = await tx.query<EditedRow>(
    `update messages
        set text = $2, edited_at = clock_timestamp(), type = case when $6 then type else $3 end,
            attachments = case when $6 then attachments else $4::jsonb end,
            payload = case when $6 then payload else $5 end,
            details = case when $6 then details || $7::jsonb else $7::jsonb end,
            edit_time = $8, edit_revision = $9
      where id = $1
      returning type, text, attachments, payload, details`,
    [
      messageId,
      text,
      type,
      JSON.stringify(attachments),
      payload,
      event.wordsOnly === true,
      JSON.stringify(details),
      at,
      event.revision,
    ],
  );
  return row;
}

async function applyDeletion(
  tx: Transaction,
  scene: Scene,
  target: Target,
  event: Of<'deleted'>,
): Promise<void> {
  await forgetMessage(tx, scene.account.id, target.id);
  await addChangeEvent(tx, scene, target, event, {
    message_type: target.type,
    text: null,
    attachments: [],
    payload: null,
    reply_to: null,
  });
}
