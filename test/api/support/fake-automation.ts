import type { AccountHealthView } from '../../../src/database/account-health-store.ts';
import type { AutoReplyRuleView, AutoReplyStore } from '../../../src/database/auto-reply-store.ts';
import { compileMatcher } from '../../../src/database/auto-replies/text-matcher.ts';
import { InvalidCursor } from './fake-paging.ts';

const AT = new Date('2026-11-21T09:30:00.000Z');

/** `acc_mine` stands well; tests change the view. */
export function createFakeAccountHealth() {
  const view: AccountHealthView = {
    accountId: 'acc_mine',
    channel: 'instagram',
    status: 'healthy',
    checkedAt: AT,
    expiresAt: new Date('2026-12-21T09:30:00.000Z'),
    daysLeft: 30,
    facts: {},
    lastError: null,
    waitingMessages: 0,
    oldestWaitingSeconds: null,
    webhookState: 'ok',
  };
  const find = async (id: string) => (id === view.accountId ? view : null);
  return { store: { find }, view };
}

type Store = Pick<AutoReplyStore, 'list' | 'find' | 'create' | 'update' | 'remove'>;

/** Rules in memory, with the real judgement of their patterns. An account may have three. */
export function createFakeAutoReplies() {
  const rules = new Map<string, AutoReplyRuleView>();
  const of = (accountId: string) => [...rules.values()].filter((r) => r.accountId === accountId);
  const store: Store = {
    async list(accountId, page) {
      if (page.cursor !== undefined) throw new InvalidCursor();
      return { items: of(accountId), nextCursor: null };
    },
    async find(accountId, id) {
      return of(accountId).find((rule) => rule.id === id) ?? null;
    },
    async create(accountId, settings) {
      const made = compileMatcher(settings);
      if ('problem' in made) return { kind: 'pattern_refused', ...made };
      if (!accountId.startsWith('acc_mine')) return { kind: 'missing' };
      if (of(accountId).length === 3) return { kind: 'too_many' };
      const id = `rule_${rules.size + 1}`;
      const rule = { ...settings, id, accountId, version: 1, createdAt: AT, updatedAt: AT };
      rules.set(id, rule);
      return { kind: 'done', rule };
    },
    async update(accountId, id, changes) {
      const rule = await store.find(accountId, id);
      if (!rule) return { kind: 'missing' };
      const given = Object.entries(changes).filter(([, value]) => value !== undefined);
      const changed: AutoReplyRuleView = { ...rule, ...Object.fromEntries(given) };
      const made = compileMatcher(changed);
      if ('problem' in made) return { kind: 'pattern_refused', ...made };
      rules.set(id, changed);
      return { kind: 'done', rule: changed };
    },
    remove: async (accountId, id) => (await store.find(accountId, id)) !== null && rules.delete(id),
  };
  return { store, rules };
}
