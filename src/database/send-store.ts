import type { ChannelAccount } from '../channels/channel.ts';
import type { OutgoingContent } from '../domain/outgoing-content.ts';
import type { SendOutcome } from '../domain/outcome.ts';
import type { LookResult } from '../domain/send-look.ts';
import { openCredentials } from './accounts/account-secrets.ts';
import { findUnnamed } from './auto-replies/names.ts';
import type { Database, Transaction } from './database.ts';
import type { KeyRing } from './key-ring.ts';
import { lockAndLook, type LookRow } from './sending/send-look-row.ts';
import { recordOutcome, recordSilence, type SendRules } from './sending/send-outcome.ts';
import { noteDelay, type RecordResult } from './sending/send-verdict.ts';

/** One call that may be made now: the row that announces it is committed. */
export type BegunAttempt = {
  attemptId: string;
  number: number;
  account: ChannelAccount;
  conversationId: string;
  recipientId: string;
  content: OutgoingContent;
  /** The platform's id of the message that this call answers, reacts to or edits. */
  refersTo: string | null;
  customerWroteAt: Date | null;
  /** The message expires with this attempt. */
  lastChance: boolean;
  /** Our message id, with the part from the second one on. */
  callbackData: string;
  traceId: string | null;
};

export type BeginResult =
  | { do: 'end' }
  | { do: 'wait'; delayMs: number | null; reason: string }
  /** Something was put in order; look again. */
  | { do: 'again' }
  /** An automatic message wants the customer's names before it is tried for the first time. */
  | { do: 'find_names' }
  | { do: 'send'; attempt: BegunAttempt };

export type SendStore = {
  /** Looks at the rows under the lane's lock and, if a call may be made, commits that it begins. */
  begin(input: {
    messageId: string;
    round: number;
    attemptId: string;
    leaseMs: number;
  }): Promise<BeginResult>;
  /** Records what a call came to, with everything that follows from it, in one transaction. */
  record(input: {
    attemptId: string;
    outcome: SendOutcome;
    durationMs: number;
    /** The caller sends the lane's next message itself, or gives it up by {@link leaveNext}. */
    carriesOn?: boolean;
  }): Promise<RecordResult>;
  /** The caller does not carry on with this message after all: its workflow is started at once. */
  leaveNext(messageId: string): Promise<void>;
};

export type SendStoreDeps = {
  database: Database;
  keyRing: KeyRing;
  rules: SendRules;
};

export function createSendStore({ database, keyRing, rules }: SendStoreDeps): SendStore {
  return {
    begin: (input) =>
      database.transaction(async (tx) => {
        const state = await lockAndLook(tx, input.messageId, input.round, rules.policy);
        if (!state) return { do: 'end' };
        return act(tx, state, input);
      }),
    record: (input) => database.transaction((tx) => recordOutcome(tx, input, rules)),
    async leaveNext(messageId) {
      await database.query(
        `update outbox set not_before = now()
          where kind = 'send_message' and target = $1 and not_before > now()`,
        [messageId],
      );
    },
  };

  async function act(
    tx: Transaction,
    { row, result }: { row: LookRow; result: LookResult },
    input: { attemptId: string; leaseMs: number },
  ): Promise<BeginResult> {
    switch (result.do) {
      case 'end':
        return { do: 'end' };
      case 'wait':
        return wait(tx, row, result);
      case 'record_unknown':
        await recordOutcome(tx, { attemptId: row.attempt_id ?? '', ...LOST_WORKER }, rules);
        return { do: 'again' };
      case 'judge_silence':
        await recordSilence(tx, row.attempt_id ?? '', rules);
        return { do: 'again' };
      case 'send':
        if (row.source === 'auto_reply' && (await findUnnamed(tx, row.id)))
          return { do: 'find_names' };
        return { do: 'send', attempt: await beginAttempt(tx, row, input) };
    }
  }

  async function beginAttempt(
    tx: Transaction,
    row: LookRow,
    { attemptId, leaseMs }: { attemptId: string; leaseMs: number },
  ): Promise<BegunAttempt> {
    const part = await findNextPart(tx, row.id);
    if (!part) throw new Error(`message ${row.id} is unresolved but has no part left to send`);
    const number = part.made + 1;
    await tx.query(
      `insert into send_attempts
         (id, message_id, account_id, part, round, number, credential_version, started_at,
          lease_until)
       select $1, $2, $3, $4, $5, $6, $7, at, at + $8 * interval '1 millisecond'
         from clock_timestamp() as at`,
      [
        attemptId,
        row.id,
        row.account_id,
        part.part,
        row.round,
        number,
        row.credential_version,
        leaseMs,
      ],
    );
    return {
      attemptId,
      number,
      account: {
        id: row.account_id,
        externalId: row.external_id,
        details: row.details,
        credentials: openCredentials(keyRing, row.account_id, row.credentials ?? ''),
      },
      conversationId: row.conversation_id,
      recipientId: row.recipient_id,
      content: part.content ?? { type: 'text', text: part.text },
      refersTo: part.part === 1 ? part.refers_to : null,
      customerWroteAt: row.customer_wrote_at,
      lastChance:
        row.became_head_at !== null &&
        row.now.getTime() - row.became_head_at.getTime() >= rules.policy.expiryMs,
      callbackData: part.part === 1 ? row.id : `${row.id}/${part.part}`,
      traceId: row.trace_id,
    };
  }
}

type NextPart = {
  part: number;
  text: string;
  content: OutgoingContent | null;
  /** The last part of a message of ours, the one id of a customer's. */
  refers_to: string | null;
  made: number;
};

async function findNextPart(tx: Transaction, messageId: string): Promise<NextPart | undefined> {
  const [part] = await tx.query<NextPart>(
    `select p.part, p.text, p.content,
            (select count(*)::int from send_attempts where message_id = $1) as made,
            (select coalesce((select q.platform_message_id from message_parts q
                               where q.message_id = t.id order by q.part desc limit 1),
                             t.platform_message_id)
               from messages m join messages t on t.id = m.refers_to_id
              where m.id = $1) as refers_to
       from message_parts p where p.message_id = $1 and p.sent_at is null
      order by p.part limit 1`,
    [messageId],
  );
  return part;
}

/** Whoever causes one of these writes it into the account's row, not into every message's. */
const ACCOUNT_WAITS = new Set(['account_disabled', 'account_paused', 'throttled']);

async function wait(
  tx: Transaction,
  row: LookRow,
  { untilMs, reason }: Extract<LookResult, { do: 'wait' }>,
): Promise<BeginResult> {
  const delayMs = untilMs === null ? null : Math.max(0, untilMs - row.now.getTime());
  if (ACCOUNT_WAITS.has(reason)) {
    await tx.query('update messages set wait_reason = $2 where id = $1', [row.id, reason]);
    await noteDelay(tx, { ...row, message_id: row.id }, delayMs);
  }
  return { do: 'wait', delayMs, reason };
}

const LOST_WORKER = {
  outcome: {
    class: 'unknown',
    code: 'lost_worker',
    message: 'The process that made the call ended before it recorded the answer.',
  } satisfies SendOutcome,
  durationMs: 0,
};
