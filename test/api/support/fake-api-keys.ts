import type { ApiKeyStore, ApiKeyView, Caller } from '../../../src/database/api-key-store.ts';

/** API keys in memory; `lookUps` counts how often the "database" was asked. */
export function createFakeApiKeys(known: Record<string, Caller>) {
  const callers = new Map(Object.entries(known));
  const views = new Map<string, ApiKeyView>();
  const state = { lookUps: 0, error: null as Error | null };
  for (const [key, caller] of callers) remember(key, caller);

  function remember(key: string, caller: Caller): ApiKeyView {
    const view: ApiKeyView = {
      id: caller.keyId,
      name: caller.keyId,
      role: caller.role,
      accountIds: caller.accountIds,
      prefix: 'c4a_live_abcd',
      last4: 'wxyz',
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
      createdAt: new Date('2026-11-21T09:00:00.000Z'),
    };
    callers.set(key, caller);
    views.set(view.id, view);
    return view;
  }

  const store: ApiKeyStore = {
    async create({ role, accountIds, name, expiresAt }) {
      const key = `new-key-${views.size}`;
      const view = remember(key, { keyId: `key_new${views.size}`, role, accountIds });
      return { key, view: Object.assign(view, { name, expiresAt }) };
    },
    async ensure() {},
    async authenticate(key) {
      state.lookUps += 1;
      if (state.error) throw state.error;
      return callers.get(key) ?? null;
    },
    list: async () => ({ items: [...views.values()], nextCursor: null }),
    async revoke(id) {
      for (const [key, caller] of callers) if (caller.keyId === id) callers.delete(key);
      return views.delete(id);
    },
  };
  return { store, state, views };
}
