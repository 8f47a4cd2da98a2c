import type { Asked, AskedBy } from '../domain/dead-letter.ts';
import { raiseAlert } from './alert.ts';
import type { Database, Transaction } from './database.ts';
import { closeDeadLetter, type DeadLetterKind, type DeadLetterState } from './dead-letter.ts';
import { forgetAsked, hearRequest, type Requests } from './dead-letter-request.ts';
import { lockConversations } from './lane.ts';
import { wakeMirror } from './mirror-queue.ts';
import { addOutboxRow } from './outbox.ts';
import { isHeld, letGo, sendAgain } from './sending/held-message.ts';
import { requeueMessage } from './sending/requeue.ts';

/** A dead letter as its workflow sees it: what to wait for, in ids and classes. */
export type DeadLetterTicket = {
  state: DeadLetterState;
  attempts: number;
  reason: string;
  lastAttemptAt: string | null;
  lastStatusCode: number | null;
  /** Milliseconds until it expires. */
  expiresInMs: number;
  /** What the API was asked for and nobody has done yet. */
  asked: Asked | null;
};

/** What the `deadLetter` workflow does to the rows. Everything may run any number of times. */
export type DeadLetterStore = {
  /** Null when there is no such dead letter. */
  look(id: string): Promise<DeadLetterTicket | null>;
  /**
   * Asks for one more attempt, and counts it for a bulk replay. False unless it is open, and where
   * what asks has been heard before.
   */
  replay(id: string, bulkReplayId?: string, by?: AskedBy): Promise<boolean>;
  discard(id: string, by?: AskedBy): Promise<boolean>;
  /** Nobody has dealt with it in time. */
  expire(id: string): Promise<boolean>;
};

type LockedLetter = Requests & {
  kind: DeadLetterKind;
  subject_id: string;
  account_id: string;
  conversation_id: string | null;
  state: DeadLetterState;
  account_deleted: boolean;
};

const HASTENED = '5 seconds';

/** How long a dead letter waits for somebody. */
const EXPIRY = '30 days';

export function createDeadLetterStore(database: Database): DeadLetterStore {
  type Apply = (tx: Transaction, letter: LockedLetter) => Promise<void>;
  const onOpen = (id: string, apply: Apply, asked?: { what: Asked; by: AskedBy | undefined }) =>
    database.transaction(async (tx) => {
      const letter = await lockLetter(tx, id);
      if (!letter) return false;
      if (asked?.by && !(await hearRequest(tx, letter, asked.what, asked.by))) return false;
      if (letter.state !== 'open') return false;
      await apply(tx, letter);
      if (asked) await forgetAsked(tx, id, asked.what);
      return true;
    });
  return {
    async look(id) {
      const [row] = await database.query<{
        state: DeadLetterState;
        attempts: number;
        reason: string;
        last_attempt_at: Date | null;
        last_status_code: number | null;
        expires_in_ms: number;
        asked: Asked | null;
      }>(
        `select state, attempts, asked, reason, last_attempt_at, last_status_code,
                extract(epoch from opened_at + interval '${EXPIRY}' - now())::float8 * 1000
                  as expires_in_ms
           from dead_letters where id = $1`,
        [id],
      );
      return row
        ? {
            state: row.state,
            attempts: row.attempts,
            reason: row.reason,
            lastAttemptAt: row.last_attempt_at?.toISOString() ?? null,
            lastStatusCode: row.last_status_code,
            expiresInMs: Math.max(0, row.expires_in_ms),
            asked: row.asked,
          }
        : null;
    },
    async replay(id, bulkReplayId, by) {
      const apply: Apply = async (tx, letter) => {
        await replayLetter(tx, letter);
        if (bulkReplayId !== undefined)
          await tx.query('update bulk_replays set replayed = replayed + 1 where id = $1', [
            bulkReplayId,
          ]);
      };
      const replayed = await onOpen(id, apply, { what: 'replay', by });
      if (replayed) await hastenProbe(database, id);
      return replayed;
    },
    discard: (id, by) =>
      onOpen(
        id,
        async (tx, letter) => {
          await closeDeadLetter(tx, letter.kind, letter.subject_id, 'discarded');
          await releaseHeld(tx, letter);
        },
        { what: 'discard', by },
      ),
    expire: (id) =>
      onOpen(id, async (tx, letter) => {
        await closeDeadLetter(tx, letter.kind, letter.subject_id, 'expired');
        await releaseHeld(tx, letter);
        await raiseAlert(tx, 'dead_letter_expired', letter.account_id);
      }),
  };
}

/**
 * Whoever replays an event has reason to think that the CRM is back: it is asked soon. Not at once,
 * for then a thousand replays would make a thousand probes of a CRM that is still down.
 */
async function hastenProbe(database: Database, id: string): Promise<void> {
  await database.query(
    `update webhook_endpoints set next_probe_at = now() + interval '${HASTENED}'
      where breaker_state = 'open' and next_probe_at > now() + interval '${HASTENED}'
        and account_id = (select account_id from dead_letters where id = $1 and kind = 'webhook')`,
    [id],
  );
}

/** Locks in the usual order: the account, the conversation, then the letter itself. */
async function lockLetter(tx: Transaction, id: string): Promise<LockedLetter | undefined> {
  const [place] = await tx.query<{ account_id: string; conversation_id: string | null }>(
    'select account_id, conversation_id from dead_letters where id = $1',
    [id],
  );
  if (!place) return undefined;
  const [account] = await tx.query<{ deleted: boolean }>(
    'select deleted_at is not null as deleted from accounts where id = $1 for share',
    [place.account_id],
  );
  if (place.conversation_id !== null) await lockConversations(tx, [place.conversation_id]);
  const [letter] = await tx.query<LockedLetter>(
    `select id, kind, subject_id, account_id, conversation_id, state, asked, heard,
            $2::boolean as account_deleted
       from dead_letters where id = $1 for update`,
    [id, account?.deleted ?? true],
  );
  return letter;
}

/**
 * An event gets one attempt by its own lane, between the others; a mirror row goes back into its
 * queue; a message goes to the end of its lane. A message that is neither `failed` nor `unconfirmed` any more needs nothing.
 */
async function replayLetter(tx: Transaction, letter: LockedLetter): Promise<void> {
  // Nothing of a deleted account runs any more: its attempt would be waited for for ever.
  if (letter.account_deleted)
    return closeDeadLetter(tx, letter.kind, letter.subject_id, 'discarded');
  await tx.query(`update dead_letters set state = 'replaying', replayed_at = now() where id = $1`, [
    letter.id,
  ]);
  if (letter.kind === 'webhook') {
    await tx.query(
      `update webhook_deliveries set state = 'replay' where id = $1 and state = 'dead'`,
      [letter.subject_id],
    );
    await addOutboxRow(tx, {
      kind: 'wake_lane',
      target: letter.conversation_id ?? letter.account_id,
      accountId: letter.account_id,
    });
    return;
  }
  if (letter.kind === 'mirror') {
    // Young again: how long it lay here says nothing about the CRM's database.
    await tx.query(
      `update mirror_queue set state = 'pending', queued_at = now()
        where id = $1::bigint and state = 'dead'`,
      [letter.subject_id],
    );
    return wakeMirror(tx, letter.account_id);
  }
  const message = messageOf(letter);
  if (await isHeld(tx, message.id)) return sendAgain(tx, message, 'operator');
  const requeued = await requeueMessage(tx, message, 'operator');
  if (!requeued) await closeDeadLetter(tx, 'message', letter.subject_id);
}

/** Given up for good, a message must not hold its conversation any longer. */
async function releaseHeld(tx: Transaction, letter: LockedLetter): Promise<void> {
  if (letter.kind !== 'message' || !(await isHeld(tx, letter.subject_id))) return;
  await letGo(tx, messageOf(letter), 'operator');
}

function messageOf({ subject_id: id, account_id: accountId, conversation_id }: LockedLetter) {
  return { id, accountId, conversationId: conversation_id ?? '' };
}
