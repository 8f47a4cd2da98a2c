import type { ConversationFilter, ConversationView } from '../conversation-store.ts';
import type { Query } from '../database.ts';
import { readTimeCursor, timeOfMicros, toTimePage } from '../page.ts';
import type { Page, PageRequest } from '../page.ts';
import { scopeParameter, type AccountScope } from '../scope.ts';
import {
  conversationView,
  selectConversations,
  type ConversationRow,
} from './conversation-rows.ts';

const CONVERSATION_ID = /^conv_\w+$/;

/** Those that a filter leaves, newest activity first. A cursor is one place, whatever the filter. */
export async function listConversations(
  database: { query: Query },
  scope: AccountScope,
  page: PageRequest & ConversationFilter,
): Promise<Page<ConversationView>> {
  const from = readTimeCursor(page.cursor, CONVERSATION_ID);
  const where = conditions();
  where.add(accountCondition(scope, page.accountId));
  if (page.recipientIds !== undefined)
    where.add('c.id = any($)', await findByRecipient(database, scope, page));
  if (page.channel !== undefined) where.add('c.channel = $', page.channel);
  if (page.type !== undefined) where.add('c.type = $', page.type);
  if (page.from !== undefined) where.add('c.last_activity_at >= $', page.from);
  if (page.to !== undefined) where.add('c.last_activity_at < $', page.to);
  if (page.createdFrom !== undefined) where.add('c.created_at >= $', page.createdFrom);
  if (page.createdTo !== undefined) where.add('c.created_at < $', page.createdTo);
  if (from)
    where.add(`(c.last_activity_at, c.id) < (${timeOfMicros('$')}, $)`, from.micros, from.id);
  const { sql, values } = where.build();
  const limit = `$${values.length + 1}`;
  // The page first: the rest of a row is looked up for those that are on it alone.
  const rows = await database.query<ConversationRow>(
    `${selectConversations(`(
       select * from conversations c where ${sql}
        order by c.last_activity_at desc, c.id desc limit ${limit}) c`)}
      order by c.last_activity_at desc, c.id desc`,
    [...values, page.limit + 1],
  );
  return toTimePage(rows, page.limit, conversationView);
}

/** One account is compared by `=`: only then its index has the rows in the order of the list. */
function accountCondition(scope: AccountScope, accountId: string | undefined): Condition {
  const scoped = scopeParameter(scope);
  if (accountId !== undefined && (scoped === null || scoped.includes(accountId)))
    return ['c.account_id = $', accountId];
  if (accountId !== undefined) return ['false'];
  if (scoped === null) return ['true'];
  return scoped.length === 1 ? ['c.account_id = $', scoped[0]] : ['c.account_id = any($)', scoped];
}

/** The conversations with a customer or group, by any id that the platform has for them. */
async function findByRecipient(
  { query }: { query: Query },
  scope: AccountScope,
  { accountId, recipientIds = [] }: ConversationFilter,
): Promise<string[]> {
  const rows = await query<{ conversation_id: string }>(
    `select i.conversation_id
       from accounts a join external_identities i on i.account_id = a.id
      where i.external_id = any($1) and i.conversation_id is not null
        and ($2::text[] is null or a.id = any($2)) and ($3::text is null or a.id = $3)`,
    [recipientIds, scopeParameter(scope), accountId ?? null],
  );
  return rows.map((row) => row.conversation_id);
}

/** SQL with a `$` for each of the values. */
type Condition = [sql: string, ...values: unknown[]];

function conditions() {
  const parts: string[] = [];
  const values: unknown[] = [];
  return {
    add(...given: [Condition] | Condition) {
      const [sql, ...more] = (Array.isArray(given[0]) ? given[0] : given) as Condition;
      const next = more.values();
      parts.push(
        sql.replaceAll('$', () => {
          values.push(next.next().value);
          return `$${values.length}`;
        }),
      );
    },
    build: () => ({ sql: parts.join(' and '), values }),
  };
}
