import type { ActiveHours, AutoReplyMatch, AutoReplyRule } from '../../domain/auto-reply.ts';
import type { Query } from '../database.ts';

/** A rule as administrators see it. */
export type AutoReplyRuleView = AutoReplyRule & {
  accountId: string;
  enabled: boolean;
  priority: number;
  cooldownSeconds: number;
  text: string;
  createdAt: Date;
  updatedAt: Date;
};

export type RuleRow = {
  id: string;
  account_id: string;
  enabled: boolean;
  priority: number;
  match: AutoReplyMatch;
  pattern: string;
  case_sensitive: boolean;
  active_hours: ActiveHours | null;
  cooldown_seconds: number;
  text: string;
  version: number;
  created_at: Date;
  updated_at: Date;
};

export const RULE_COLUMNS = `id, account_id, enabled, priority, match, pattern, case_sensitive,
  active_hours, cooldown_seconds, text, version, created_at, updated_at`;

/** The order in which rules are tried. */
export const RULE_ORDER = 'priority, created_at, id';

export function ruleView(row: RuleRow): AutoReplyRuleView {
  return {
    id: row.id,
    accountId: row.account_id,
    enabled: row.enabled,
    priority: row.priority,
    match: row.match,
    pattern: row.pattern,
    caseSensitive: row.case_sensitive,
    activeHours: row.active_hours,
    cooldownSeconds: row.cooldown_seconds,
    text: row.text,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The rules of an account that answer now, in their order; none while it is disabled. */
export async function findActiveRules(
  tx: { query: Query },
  accountId: string,
): Promise<AutoReplyRuleView[]> {
  const rows = await tx.query<RuleRow>(
    `select ${RULE_COLUMNS} from auto_reply_rules
      where account_id = $1 and enabled
        and exists (select from accounts a where a.id = $1 and a.enabled)
      order by ${RULE_ORDER}`,
    [accountId],
  );
  return rows.map(ruleView);
}
