import type { Database, Transaction } from './database.ts';
import { lockConversations } from './lane.ts';
import type { AccountScope } from './message-store.ts';
import { goOnNow, isHeld, letGo, sendAgain, wakeMessage } from './sending/held-message.ts';
import { requeueMessage } from './sending/requeue.ts';
import { resolveGivenUp, resolveSent } from './sending/resolve.ts';
import { scopeParameter } from './scope.ts';

/** `wrong_state` tells the status in which the action makes no sense. */
export type ActionResult =
  | { kind: 'done' }
  | { kind: 'not_found' }
  | { kind: 'wrong_state'; status: string; detail: string };

/** What a person may decide about one message. */
export type MessageActionStore = {
  /** Sends a `failed` or `unconfirmed` message once more. */
  resend(messageId: string, scope: AccountScope): Promise<ActionResult>;
  /**
   * A person has seen that the customer has what is in doubt: an `unconfirmed` message becomes
   * `sent`, or goes on with the parts that no call was made for.
   */
  confirm(messageId: string, scope: AccountScope): Promise<ActionResult>;
  /**
   * A `pending` message of which nothing is in doubt becomes `failed` with code `cancelled`; one that
   * holds its conversation lets it go on, and stays `unconfirmed`.
   */
  cancel(messageId: string, scope: AccountScope): Promise<ActionResult>;
};

type ActionRow = {
  id: string;
  account_id: string;
  conversation_id: string;
  channel: string;
  status: string;
  resolved: boolean;
  round: number;
  account_deleted: boolean;
  /** An attempt is on its way. */
  in_flight: boolean;
  /** An attempt ended unknown and is not proved. */
  in_doubt: boolean;
};

export function createMessageActionStore(database: Database): MessageActionStore {
  const act =
    (apply: (tx: Transaction, message: ActionRow) => Promise<ActionResult>) =>
    (messageId: string, scope: AccountScope): Promise<ActionResult> =>
      database.transaction(async (tx) => {
        const message = await lockMessage(tx, messageId, scope);
        if (!message) return { kind: 'not_found' };
        if (message.account_deleted) return wrongState(message, 'Its account was deleted.');
        return apply(tx, message);
      });
  return { resend: act(resend), confirm: act(confirm), cancel: act(cancel) };
}

const IN_DOUBT = `select from send_attempts s
    join message_parts p on p.message_id = s.message_id and p.part = s.part
   where s.message_id = m.id and p.sent_at is null and s.outcome = 'unknown'`;

async function lockMessage(
  tx: Transaction,
  messageId: string,
  scope: AccountScope,
): Promise<ActionRow | undefined> {
  const [place] = await tx.query<{ account_id: string; conversation_id: string }>(
    `select account_id, conversation_id from messages
      where id = $1 and direction = 'out' and ($2::text[] is null or account_id = any($2))`,
    [messageId, scopeParameter(scope)],
  );
  if (!place) return undefined;
  const [account] = await tx.query<{ deleted: boolean }>(
    'select deleted_at is not null as deleted from accounts where id = $1 for share',
    [place.account_id],
  );
  await lockConversations(tx, [place.conversation_id]);
  const [row] = await tx.query<ActionRow>(
    `select m.id, m.account_id, m.conversation_id, m.channel, m.status, m.round,
            m.resolved_at is not null as resolved,
            $2::boolean as account_deleted,
            exists (select from send_attempts s
                     where s.message_id = m.id and s.outcome is null) as in_flight,
            exists (${IN_DOUBT}) as in_doubt
       from messages m where m.id = $1`,
    [messageId, account?.deleted ?? true],
  );
  return row;
}

async function resend(tx: Transaction, message: ActionRow): Promise<ActionResult> {
  if (message.resolved) {
    if (await requeueMessage(tx, laneMessage(message), 'api')) {
      await replaying(tx, message);
      return { kind: 'done' };
    }
    return wrongState(message, 'Only a failed or unconfirmed message can be sent again.');
  }
  if (message.status !== 'unconfirmed' || message.in_flight)
    return wrongState(message, 'It is on its way already.');
  await sendAgain(tx, laneMessage(message), 'api');
  return { kind: 'done' };
}

/** Its dead letter, if it has one, waits for what the new round comes to. */
async function replaying(tx: Transaction, message: ActionRow): Promise<void> {
  await tx.query(
    `update dead_letters set state = 'replaying'
      where kind = 'message' and subject_id = $1 and state = 'open'`,
    [message.id],
  );
}

async function confirm(tx: Transaction, message: ActionRow): Promise<ActionResult> {
  if (message.status !== 'unconfirmed')
    return wrongState(message, 'Only an unconfirmed message can be confirmed.');
  const rest = message.in_doubt && (await confirmPartsInDoubt(tx, message));
  if (!rest) {
    await tx.query(
      'update message_parts set sent_at = coalesce(sent_at, now()) where message_id = $1',
      [message.id],
    );
    await resolveSent(tx, laneMessage(message), 'operator');
    if (!message.resolved) await wakeMessage(tx, laneMessage(message));
  } else if (!message.resolved) await goOnNow(tx, laneMessage(message));
  else {
    await requeueMessage(tx, laneMessage(message), 'operator');
    await replaying(tx, message);
  }
  return { kind: 'done' };
}

/** Whether the message has parts beyond those in doubt: the customer cannot have them. */
async function confirmPartsInDoubt(tx: Transaction, message: ActionRow): Promise<boolean> {
  await tx.query(
    `update message_parts q set sent_at = now()
      where q.message_id = $1 and q.sent_at is null
        and exists (select from send_attempts s
                     where s.message_id = $1 and s.part = q.part and s.outcome = 'unknown')`,
    [message.id],
  );
  const [rest] = await tx.query(
    'select part from message_parts where message_id = $1 and sent_at is null limit 1',
    [message.id],
  );
  return rest !== undefined;
}

async function cancel(tx: Transaction, message: ActionRow): Promise<ActionResult> {
  if (await isHeld(tx, message.id)) {
    await letGo(tx, laneMessage(message), 'api');
    return { kind: 'done' };
  }
  if (message.status !== 'pending')
    return wrongState(message, 'Only a pending message can be cancelled.');
  if (message.in_flight || message.in_doubt)
    return wrongState(message, 'A call to the platform is under way; the customer may have it.');
  await resolveGivenUp(tx, laneMessage(message), {
    status: 'failed',
    error: { class: 'cancelled', code: 'cancelled', message: 'Cancelled before it was sent.' },
    source: 'api',
    deadLetter: false,
  });
  await wakeMessage(tx, laneMessage(message));
  return { kind: 'done' };
}

function wrongState(message: ActionRow, detail: string): ActionResult {
  return { kind: 'wrong_state', status: message.status, detail };
}

function laneMessage(message: ActionRow) {
  return {
    id: message.id,
    accountId: message.account_id,
    conversationId: message.conversation_id,
  };
}
