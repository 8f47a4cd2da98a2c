import { supersedes, type ChangeTime } from '../../domain/message-change.ts';
import type { Transaction } from '../database.ts';
import { addChangeEvent, type Scene } from './change-event.ts';
import { rememberNames } from './contact.ts';
import { findIdentity } from './conversation-identity.ts';
import type { Of } from './customer-event.ts';
import { addParticipant, findRows } from './identity-rows.ts';
import type { Target } from './message-target.ts';

/**
 * Somebody reacted to a message of either side, or took that back: the customer, in a group one of its
 * members, or the account's owner in the platform's own app. Each has one reaction, and a time of their
 * own. False: they did something else later.
 */
export async function applyReaction(
  tx: Transaction,
  scene: Scene,
  target: Target,
  event: Of<'reaction'>,
): Promise<boolean> {
  const userId = await findReacting(tx, scene.account.id, target, event);
  const member = event.customer.group && event.by === 'customer' ? userId : null;
  const who = event.by === 'owner' ? 'out' : member === null ? 'in' : `in:${member}`;
  const { at, revision = null } = event;
  const time = { atMs: at ?? Date.now(), revision };
  if (!supersedes(time, heldBy(who, target))) return false;
  await writeReaction(tx, target.id, event, { who, member, time });
  if (userId !== null) await rememberNames(tx, userId, event);
  const { action, emoji } = event;
  await addChangeEvent(tx, scene, target, event, { action, emoji });
  return true;
}

/** Beside the time of a person's last reaction, its number. */
const numberOf = (who: string) => `${who}/revision`;

function heldBy(who: string, { reaction_times: held }: Target): ChangeTime | null {
  const atMs = held[who] ?? null;
  return atMs === null ? null : { atMs, revision: held[numberOf(who)] ?? null };
}

async function writeReaction(
  tx: Transaction,
  messageId: string,
  event: Of<'reaction'>,
  { who, member, time }: { who: string; member: string | null; time: ChangeTime },
): Promise<void> {
  const from = event.by === 'owner' ? 'out' : 'in';
  const by = member === null ? {} : { participant_id: member };
  const reactions = event.action === 'react' ? [{ emoji: event.emoji, from, ...by }] : [];
  // Of several reactions of one person one may be taken back, and it need not be the one that shows.
  const takenBack = event.action === 'unreact' ? event.emoji : null;
  await tx.query(
    `update messages
        set reaction_times = reaction_times || jsonb_build_object($5::text, $6::bigint, $7::text, $8::int),
            reactions = $2::jsonb || (
              select coalesce(jsonb_agg(each), '[]') from jsonb_array_elements(reactions) each
               where each ->> 'from' <> $3
                  or ($9::text is not null and each ->> 'emoji' is distinct from $9)
                  or ($4::text is not null and each ->> 'participant_id' is distinct from $4))
      where id = $1`,
    [
      messageId,
      JSON.stringify(reactions),
      from,
      member,
      who,
      time.atMs,
      numberOf(who),
      time.revision,
      takenBack,
    ],
  );
}

/** Who reacts in a group is a member from then on, also if they have never written there. */
async function findReacting(
  tx: Transaction,
  accountId: string,
  target: Target,
  { customer, by }: Of<'reaction'>,
): Promise<string | null> {
  if (by === 'owner') return null;
  if (!customer.group) return (await findIdentity(tx, accountId, customer))?.userId ?? null;
  const [row] = await findRows(tx, accountId, [customer.externalId]);
  const userId = row?.user_id ?? null;
  if (userId !== null) await addParticipant(tx, target.conversation_id, userId);
  return userId;
}
