import type { CrmEventType } from '../domain/crm-event.ts';
import type { Database } from './database.ts';
import type { AccountScope } from './message-store.ts';
import {
  microsOf,
  readTimeCursor,
  timeOfMicros,
  toTimePage,
  type Page,
  type PageRequest,
} from './page.ts';
import { scopeParameter } from './scope.ts';

/** `dead`: given up. `replay`: a dead one that gets one more attempt. `discarded`: never sent. */
export type DeliveryState = 'pending' | 'delivered' | 'dead' | 'replay' | 'discarded';

/** What narrows a list of deliveries; every member that is given must fit. */
export type DeliveryFilter = {
  accountId?: string | undefined;
  state?: DeliveryState | undefined;
  type?: string | undefined;
  /** Stored at or after, and before. */
  from?: Date | undefined;
  to?: Date | undefined;
};

/** One event for the CRM and what became of it. Never its content. */
export type DeliveryView = {
  id: string;
  accountId: string;
  conversationId: string | null;
  messageId: string | null;
  type: CrmEventType;
  /** Null until it is first in its lane. */
  sequence: number | null;
  state: DeliveryState;
  attempts: number;
  lastStatusCode: number | null;
  lastErrorClass: string | null;
  storedAt: Date;
  firstAttemptAt: Date | null;
  nextAttemptAt: Date | null;
  deliveredAt: Date | null;
};

export type DeliveryAttempt = {
  at: Date;
  statusCode: number | null;
  errorClass: string | null;
  durationMs: number;
  /** The first 2 KiB of the CRM's own answer. */
  excerpt: string;
};

export type DeliveryDetail = DeliveryView & { attemptList: DeliveryAttempt[] };

export type DeliveryQueryStore = {
  /** Newest first. */
  list(scope: AccountScope, filter: DeliveryFilter, page: PageRequest): Promise<Page<DeliveryView>>;
  /** With every attempt, oldest first. */
  find(id: string, scope: AccountScope): Promise<DeliveryDetail | null>;
};

type DeliveryRow = {
  id: string;
  account_id: string;
  conversation_id: string | null;
  message_id: string | null;
  type: CrmEventType;
  sequence: string | null;
  state: DeliveryState;
  attempts: number;
  last_status_code: number | null;
  last_error_class: string | null;
  stored_at: Date;
  first_attempt_at: Date | null;
  next_attempt_at: Date | null;
  delivered_at: Date | null;
};

const COLUMNS = `id, account_id, conversation_id, message_id, type, sequence, state, attempts,
  last_status_code, last_error_class, stored_at, first_attempt_at, next_attempt_at, delivered_at`;

export function createDeliveryQueryStore(database: Database): DeliveryQueryStore {
  return {
    async list(scope, filter, page) {
      const from = readTimeCursor(page.cursor, /^whd_[0-9a-f]{32}$/);
      // Account by account, each from its own end of the index: one account's many deliveries must
      // not be read through to find the few of another.
      const rows = await database.query<DeliveryRow & { micros: string }>(
        `select d.*, ${microsOf('d.stored_at')} as micros
           from accounts a cross join lateral (
                select ${COLUMNS} from webhook_deliveries
                 where account_id = a.id
                   and ($3::text is null or state = $3) and ($4::text is null or type = $4)
                   and ($5::timestamptz is null or stored_at >= $5)
                   and ($6::timestamptz is null or stored_at < $6)
                   and ($7::bigint is null or (stored_at, id) < (${timeOfMicros('$7')}, $8))
                 order by stored_at desc, id desc limit $9) d
          where ($1::text[] is null or a.id = any($1)) and ($2::text is null or a.id = $2)
          order by d.stored_at desc, d.id desc limit $9`,
        [
          scopeParameter(scope),
          filter.accountId ?? null,
          filter.state ?? null,
          filter.type ?? null,
          filter.from ?? null,
          filter.to ?? null,
          from?.micros ?? null,
          from?.id ?? null,
          page.limit + 1,
        ],
      );
      return toTimePage(rows, page.limit, deliveryView);
    },
    async find(id, scope) {
      const [row] = await database.query<DeliveryRow>(
        `select ${COLUMNS} from webhook_deliveries
          where id = $1 and ($2::text[] is null or account_id = any($2))`,
        [id, scopeParameter(scope)],
      );
      return row ? { ...deliveryView(row), attemptList: await findAttempts(database, id) } : null;
    },
  };
}

async function findAttempts(database: Database, deliveryId: string): Promise<DeliveryAttempt[]> {
  const rows = await database.query<Omit<DeliveryAttempt, 'excerpt'> & { excerpt: Buffer | null }>(
    `select at, status_code as "statusCode", error_class as "errorClass",
            duration_ms as "durationMs", excerpt
       from webhook_attempts where delivery_id = $1 order by id`,
    [deliveryId],
  );
  return rows.map((row) => ({ ...row, excerpt: row.excerpt?.toString('utf8') ?? '' }));
}

function deliveryView(row: DeliveryRow): DeliveryView {
  return {
    id: row.id,
    accountId: row.account_id,
    conversationId: row.conversation_id,
    messageId: row.message_id,
    type: row.type,
    sequence: row.sequence === null ? null : Number(row.sequence),
    state: row.state,
    attempts: row.attempts,
    lastStatusCode: row.last_status_code,
    lastErrorClass: row.last_error_class,
    storedAt: row.stored_at,
    firstAttemptAt: row.first_attempt_at,
    nextAttemptAt: row.next_attempt_at,
    deliveredAt: row.delivered_at,
  };
}
