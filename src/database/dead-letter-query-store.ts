import { addAuditLine } from './audit.ts';
import { HELD } from '../domain/send-look.ts';
import type { Database } from './database.ts';
import type { DeadLetterKind, DeadLetterState } from './dead-letter.ts';
import { keepAsked } from './dead-letter-request.ts';
import type { AccountScope } from './message-store.ts';
import { addOutboxRow } from './outbox.ts';
import {
  microsOf,
  readTimeCursor,
  timeOfMicros,
  toTimePage,
  type Page,
  type PageRequest,
} from './page.ts';
import { scopeParameter } from './scope.ts';

/** What narrows a list of dead letters; every member that is given must fit. */
export type DeadLetterFilter = {
  accountId?: string | undefined;
  reason?: string | undefined;
  state?: DeadLetterState | undefined;
  /** Created at or after, and before. */
  from?: Date | undefined;
  to?: Date | undefined;
};

export type DeadLetterView = {
  id: string;
  kind: DeadLetterKind;
  accountId: string;
  channel: string;
  conversationId: string | null;
  /** The message, the event's `webhook-id`, or the mirror row that was given up. */
  subjectId: string;
  /** The class of what went wrong: `rejected`, `expired`, `unauthorized`, `transient`, … */
  reason: string;
  lastStatusCode: number | null;
  attempts: number;
  state: DeadLetterState;
  firstAttemptAt: Date | null;
  lastAttemptAt: Date | null;
  createdAt: Date;
  closedAt: Date | null;
};

export type DeadLetterAttempt = {
  at: Date;
  statusCode: number | null;
  errorClass: string | null;
  errorCode: string | null;
  /** The platform's own words; of a CRM's answer the first 2 KiB. */
  detail: string | null;
  durationMs: number | null;
};

export type DeadLetterDetail = DeadLetterView & {
  attemptList: DeadLetterAttempt[];
  /** Other open dead letters of the account with the same reason and status code. */
  sameCause: number;
  /** Whether it is a message that holds its conversation until a person decides. */
  holds: boolean;
};

export type DeadLetterQueryStore = {
  /** Newest first. */
  list(
    kind: DeadLetterKind,
    scope: AccountScope,
    filter: DeadLetterFilter,
    page: PageRequest,
  ): Promise<Page<DeadLetterView>>;
  find(kind: DeadLetterKind, id: string, scope: AccountScope): Promise<DeadLetterDetail | null>;
  /** Sends its workflow the signal that the Web UI would send. `actor`: for the audit log. */
  ask(letter: DeadLetterView, what: 'replay' | 'discard', actor: string): Promise<void>;
};

type LetterRow = {
  id: string;
  kind: DeadLetterKind;
  account_id: string;
  channel: string;
  conversation_id: string | null;
  subject_id: string;
  reason: string;
  last_status_code: number | null;
  attempts: number;
  state: DeadLetterState;
  first_attempt_at: Date | null;
  last_attempt_at: Date | null;
  created_at: Date;
  closed_at: Date | null;
  micros: string;
};

export function createDeadLetterQueryStore(database: Database): DeadLetterQueryStore {
  return {
    async list(kind, scope, filter, page) {
      const from = readTimeCursor(page.cursor, /^dl_[0-9a-f]{32}$/);
      const rows = await database.query<LetterRow>(
        `select *, ${microsOf('created_at')} as micros from dead_letters
          where kind = $1 and ($2::text[] is null or account_id = any($2))
            and ($3::text is null or account_id = $3) and ($4::text is null or reason = $4)
            and ($5::text is null or state = $5)
            and ($6::timestamptz is null or created_at >= $6)
            and ($7::timestamptz is null or created_at < $7)
            and ($8::bigint is null or (created_at, id) < (${timeOfMicros('$8')}, $9))
          order by created_at desc, id desc limit $10`,
        [
          kind,
          scopeParameter(scope),
          filter.accountId ?? null,
          filter.reason ?? null,
          filter.state ?? null,
          filter.from ?? null,
          filter.to ?? null,
          from?.micros ?? null,
          from?.id ?? null,
          page.limit + 1,
        ],
      );
      return toTimePage(rows, page.limit, letterView);
    },
    async find(kind, id, scope) {
      const [row] = await database.query<LetterRow & { same_cause: number; holds: boolean }>(
        `select l.*, (select count(*)::int from dead_letters o
                       where o.account_id = l.account_id and o.kind = l.kind and o.id <> l.id
                         and o.state = 'open' and o.reason = l.reason
                         and o.last_status_code is not distinct from l.last_status_code)
                     as same_cause,
                exists (select from messages m
                         where m.id = case when l.kind = 'message' then l.subject_id::uuid end
                           and m.resolved_at is null and m.wait_reason = '${HELD}') as holds
           from dead_letters l
          where l.id = $1 and l.kind = $2 and ($3::text[] is null or l.account_id = any($3))`,
        [id, kind, scopeParameter(scope)],
      );
      if (!row) return null;
      return {
        ...letterView(row),
        attemptList: await findAttempts(database, kind, row.subject_id),
        sameCause: row.same_cause,
        holds: row.holds,
      };
    },
    async ask(letter, what, actor) {
      await database.transaction(async (tx) => {
        await keepAsked(tx, letter.id, what);
        await addOutboxRow(tx, {
          kind: `${what}_dead_letter`,
          target: letter.id,
          accountId: letter.accountId,
          channel: letter.channel,
        });
        await addAuditLine(tx, { actor, action: `dead_letter.${what}`, subject: letter.id });
      });
    },
  };
}

async function findAttempts(
  database: Database,
  kind: DeadLetterKind,
  subjectId: string,
): Promise<DeadLetterAttempt[]> {
  if (kind === 'mirror')
    return database.query(
      `select last_attempt_at as at, null::int as "statusCode", 'refused' as "errorClass",
              error_code as "errorCode", error_detail as detail, null::int as "durationMs"
         from mirror_queue where id = $1::bigint and error_code is not null`,
      [subjectId],
    );
  if (kind === 'message')
    return database.query(
      `select started_at as at, status_code as "statusCode", outcome as "errorClass",
              error_code as "errorCode", error_message as detail, duration_ms as "durationMs"
         from send_attempts where message_id = $1::uuid order by number`,
      [subjectId],
    );
  const rows = await database.query<Omit<DeadLetterAttempt, 'detail'> & { excerpt: Buffer | null }>(
    `select at, status_code as "statusCode", error_class as "errorClass", null as "errorCode",
            excerpt, duration_ms as "durationMs"
       from webhook_attempts where delivery_id = $1 order by id`,
    [subjectId],
  );
  return rows.map(({ excerpt, ...attempt }) => ({
    ...attempt,
    detail: excerpt === null || excerpt.length === 0 ? null : excerpt.toString('utf8'),
  }));
}

function letterView(row: LetterRow): DeadLetterView {
  return {
    id: row.id,
    kind: row.kind,
    accountId: row.account_id,
    channel: row.channel,
    conversationId: row.conversation_id,
    subjectId: row.subject_id,
    reason: row.reason,
    lastStatusCode: row.last_status_code,
    attempts: row.attempts,
    state: row.state,
    firstAttemptAt: row.first_attempt_at,
    lastAttemptAt: row.last_attempt_at,
    createdAt: row.created_at,
    closedAt: row.closed_at,
  };
}
