import type { SendOutcome } from '../../domain/outcome.ts';
import type { OnUnknownOutcome } from '../../domain/send-policy.ts';
import type { Transaction } from '../database.ts';
import { lockConversations, lockPlatformIds } from '../lane.ts';

/** An attempt with all that judging its outcome needs, read under the lane's lock. */
export type AttemptRow = {
  now: Date;
  attempt_id: string;
  number: number;
  part: number;
  credential_version: number;
  recorded: string | null;
  started_at: Date;
  message_id: string;
  account_id: string;
  conversation_id: string;
  channel: string;
  recipient_id: string;
  status: string;
  became_head_at: Date | null;
  resolved_at: Date | null;
  delayed_at: Date | null;
  attempts: number;
  last_part: boolean;
  has_unknown: boolean;
  account_version: number;
  account_paused: boolean;
  /** Whether a message of this conversation has paused the account, and met nothing better since. */
  paused_it: boolean;
  /** Since the last resume. */
  others_fine: boolean;
  others_refused: boolean;
  /** Whether a good answer would be news, and the account is locked for writing it down. */
  account_in_doubt: boolean;
  evidence_seen_at: Date | null;
  on_unknown: OnUnknownOutcome | null;
  streak: number;
};

/** Locks everything an outcome may change, then reads the attempt in a later statement. */
export async function lockAttempt(
  tx: Transaction,
  attemptId: string,
  outcome: SendOutcome | null,
): Promise<AttemptRow | undefined> {
  const [place] = await tx.query<Place>(
    `select a.account_id, m.conversation_id, c.recipient_id,
            ${IN_DOUBT} as account_in_doubt
       from send_attempts a
       join accounts b on b.id = a.account_id
       join messages m on m.id = a.message_id
       join conversations c on c.id = m.conversation_id
      where a.id = $1`,
    [attemptId],
  );
  if (!place) return undefined;
  await lockPlatformIds(tx, place.account_id, outcome ? idsIn(outcome, place) : []);
  const changesAccount =
    outcome?.class === 'unauthorized' || outcome?.class === 'throttled' || place.account_in_doubt;
  await tx.query(
    `select id from accounts where id = $1 for ${changesAccount ? 'no key update' : 'share'}`,
    [place.account_id],
  );
  await lockConversations(tx, [place.conversation_id]);
  const [row] = await tx.query<AttemptRow>(ATTEMPT_SQL, [attemptId, place.account_in_doubt]);
  return row;
}

/** Longer ago, the token may have ended since. */
const PROOF_HOLDS = `interval '10 minutes'`;

/** While nobody doubts the account its row is not locked for writing: all its sends would queue up. */
const IN_DOUBT = `
  cardinality(b.paused_by) > 0
    and (b.proved_at is null or b.proved_at < now() - interval '1 minute'
         or m.conversation_id = any(b.paused_by))`;

type Place = {
  account_id: string;
  conversation_id: string;
  recipient_id: string;
  account_in_doubt: boolean;
};

/** Every platform id of which the outcome says something new. */
function idsIn(outcome: SendOutcome, { recipient_id: recipientId }: Place): string[] {
  if (outcome.class === 'migrated') return [recipientId, outcome.newRecipientId];
  if (outcome.class !== 'sent') return [];
  return [outcome.platformMessageId, outcome.recipientAlias].filter(
    (id) => id !== null && id !== undefined,
  );
}

const ATTEMPT_SQL = `
  select clock_timestamp() as now, s.id as attempt_id, s.number, s.part, s.credential_version,
         s.outcome as recorded, s.started_at, m.id as message_id,
         m.account_id, m.conversation_id, m.channel, m.status, m.became_head_at, m.resolved_at,
         m.delayed_at, c.recipient_id, p.attempts,
         not exists (select from message_parts q
                      where q.message_id = m.id and q.part > s.part and q.sent_at is null) as last_part,
         exists (select from send_attempts u
                  join message_parts q on q.message_id = u.message_id and q.part = u.part
                  where u.message_id = m.id and u.outcome = 'unknown' and q.sent_at is null
                    and u.id <> s.id) as has_unknown,
         a.credential_version as account_version, a.paused_at is not null as account_paused,
         m.conversation_id = any(a.paused_by) as paused_it,
         coalesce(a.proved_at > now() - ${PROOF_HOLDS}, false) as others_fine,
         coalesce(a.refused_conversation <> m.conversation_id, false) as others_refused,
         $2::boolean as account_in_doubt,
         a.evidence_seen_at, a.settings ->> 'on_unknown_outcome' as on_unknown,
         (select count(*)::int from send_attempts e
           where e.message_id = m.id and e.part = s.part and e.number < s.number
             and e.number > coalesce((select max(o.number) from send_attempts o
                   where o.message_id = m.id and o.part = s.part and o.number < s.number
                     and o.outcome not in ('unavailable', 'throttled', 'unauthorized')), 0)) as streak
    from send_attempts s
    join messages m on m.id = s.message_id
    join message_parts p on p.message_id = m.id and p.part = s.part
    join conversations c on c.id = m.conversation_id
    join accounts a on a.id = m.account_id
   where s.id = $1`;
