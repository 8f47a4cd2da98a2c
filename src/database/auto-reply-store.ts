import type { ChannelRegistry } from '../channels/channel.ts';
import type { ActiveHours, AutoReplyMatch } from '../domain/auto-reply.ts';
import { addAuditLine } from './audit.ts';
import { fillIn, findUnnamed, type UnnamedReply } from './auto-replies/names.ts';
import {
  RULE_COLUMNS,
  RULE_ORDER,
  ruleView,
  type AutoReplyRuleView,
  type RuleRow,
} from './auto-replies/rule-row.ts';
import { compileMatcher } from './auto-replies/text-matcher.ts';
import type { Database, Transaction } from './database.ts';
import { newId } from './ids.ts';
import { InvalidCursor, readIdCursor, toPage, type Page, type PageRequest } from './page.ts';

export type { AutoReplyRuleView } from './auto-replies/rule-row.ts';

export type AutoReplySettings = {
  enabled: boolean;
  priority: number;
  match: AutoReplyMatch;
  pattern: string;
  caseSensitive: boolean;
  activeHours: ActiveHours | null;
  cooldownSeconds: number;
  text: string;
};

export type AutoReplyResult =
  | { kind: 'done'; rule: AutoReplyRuleView }
  /** The account, or the rule in it. */
  | { kind: 'missing' }
  /** `problem` completes a sentence about the pattern. */
  | { kind: 'pattern_refused'; problem: string }
  /** The account has as many rules as it may have. */
  | { kind: 'too_many' };

export type AutoReplyStore = {
  /** In the order in which they are tried. */
  list(accountId: string, page: PageRequest): Promise<Page<AutoReplyRuleView>>;
  find(accountId: string, ruleId: string): Promise<AutoReplyRuleView | null>;
  create(accountId: string, settings: AutoReplySettings, actor: string): Promise<AutoReplyResult>;
  /** What is left out stays. */
  update(
    accountId: string,
    ruleId: string,
    changes: { [Name in keyof AutoReplySettings]?: AutoReplySettings[Name] | undefined },
    actor: string,
  ): Promise<AutoReplyResult>;
  /** False: no such rule. */
  remove(accountId: string, ruleId: string, actor: string): Promise<boolean>;
  /** Whom an automatic message answers, while their names are wanted; null: send it as it is. */
  findUnnamed(messageId: string): Promise<UnnamedReply | null>;
  /** Puts what is known of the customer by now into a message that was never tried. */
  fillIn(messageId: string): Promise<void>;
};

/** Each one is tried on every message that comes in. */
export const MOST_RULES = 50;

export type AutoReplyStoreDeps = { database: Database; channels: ChannelRegistry };

export function createAutoReplyStore({ database, channels }: AutoReplyStoreDeps): AutoReplyStore {
  return {
    list: (accountId, page) => listRules(database, accountId, page),
    async find(accountId, ruleId) {
      const row = await findRule(database, accountId, ruleId);
      return row ? ruleView(row) : null;
    },
    async create(accountId, settings, actor) {
      const made = compileMatcher(settings);
      if ('problem' in made) return { kind: 'pattern_refused', ...made };
      return database.transaction((tx) => insertRule(tx, accountId, settings, actor));
    },
    update: (accountId, ruleId, changes, actor) =>
      database.transaction(async (tx) => {
        const row = await findRule(tx, accountId, ruleId, 'for update');
        if (!row) return { kind: 'missing' };
        const given = Object.entries(changes).filter(([, value]) => value !== undefined);
        const settings: AutoReplySettings = { ...ruleView(row), ...Object.fromEntries(given) };
        const made = compileMatcher(settings);
        if ('problem' in made) return { kind: 'pattern_refused', ...made };
        return updateRule(tx, ruleId, settings, actor);
      }),
    remove: (accountId, ruleId, actor) =>
      database.transaction(async (tx) => {
        const rows = await tx.query(
          'delete from auto_reply_rules where account_id = $1 and id = $2 returning id',
          [accountId, ruleId],
        );
        if (rows.length > 0)
          await addAuditLine(tx, { actor, action: 'auto_reply.delete', subject: ruleId });
        return rows.length > 0;
      }),
    findUnnamed: (messageId) => findUnnamed(database, messageId),
    fillIn: (messageId) => database.transaction((tx) => fillIn(tx, channels, messageId)),
  };
}

async function findRule(
  tx: Pick<Transaction, 'query'>,
  accountId: string,
  ruleId: string,
  lock: '' | 'for update' = '',
): Promise<RuleRow | undefined> {
  const [row] = await tx.query<RuleRow>(
    `select ${RULE_COLUMNS} from auto_reply_rules where account_id = $1 and id = $2 ${lock}`,
    [accountId, ruleId],
  );
  return row;
}

async function listRules(database: Database, accountId: string, page: PageRequest) {
  const after = readIdCursor(page.cursor, 'rule');
  if (after !== null && !(await findRule(database, accountId, after))) throw new InvalidCursor();
  const rows = await database.query<RuleRow>(
    `select ${RULE_COLUMNS} from auto_reply_rules
      where account_id = $1
        and ($2::text is null or (${RULE_ORDER}) >
             (select ${RULE_ORDER} from auto_reply_rules where id = $2))
      order by ${RULE_ORDER} limit $3`,
    [accountId, after, page.limit + 1],
  );
  return toPage(rows.map(ruleView), page.limit, (rule) => rule.id);
}

function valuesOf(settings: AutoReplySettings): unknown[] {
  return [
    settings.enabled,
    settings.priority,
    settings.match,
    settings.pattern,
    settings.caseSensitive,
    settings.activeHours && JSON.stringify(settings.activeHours),
    settings.cooldownSeconds,
    settings.text,
  ];
}

async function insertRule(
  tx: Transaction,
  accountId: string,
  settings: AutoReplySettings,
  actor: string,
): Promise<AutoReplyResult> {
  const accounts = await tx.query(
    'select id from accounts where id = $1 and deleted_at is null for no key update',
    [accountId],
  );
  if (accounts.length === 0) return { kind: 'missing' };
  // In a statement after the lock, so that two requests cannot both be the last one.
  const [{ count } = { count: 0 }] = await tx.query<{ count: number }>(
    'select count(*)::int as count from auto_reply_rules where account_id = $1',
    [accountId],
  );
  if (count >= MOST_RULES) return { kind: 'too_many' };
  const id = newId('rule');
  const [row] = await tx.query<RuleRow>(
    `insert into auto_reply_rules
       (id, account_id, enabled, priority, match, pattern, case_sensitive, active_hours,
        cooldown_seconds, text)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning ${RULE_COLUMNS}`,
    [id, accountId, ...valuesOf(settings)],
  );
  await addAuditLine(tx, { actor, action: 'auto_reply.create', subject: id });
  return row ? { kind: 'done', rule: ruleView(row) } : { kind: 'missing' };
}

async function updateRule(
  tx: Transaction,
  ruleId: string,
  settings: AutoReplySettings,
  actor: string,
): Promise<AutoReplyResult> {
  const [row] = await tx.query<RuleRow>(
    `update auto_reply_rules
        set enabled = $2, priority = $3, match = $4, pattern = $5, case_sensitive = $6,
            active_hours = $7, cooldown_seconds = $8, text = $9, version = version + 1,
            updated_at = now()
      where id = $1 returning ${RULE_COLUMNS}`,
    [ruleId, ...valuesOf(settings)],
  );
  await addAuditLine(tx, { actor, action: 'auto_reply.update', subject: ruleId });
  return row ? { kind: 'done', rule: ruleView(row) } : { kind: 'missing' };
}
