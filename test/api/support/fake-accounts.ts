import type {
  AccountStore,
  AccountView,
  NewAccountRow,
} from '../../../src/database/account-store.ts';
import { InvalidCursor } from './fake-paging.ts';

type Row = NewAccountRow & { view: AccountView };

/** Accounts in memory. `acc_mine` and `acc_theirs` are there from the start. */
export function createFakeAccounts() {
  const rows = new Map<string, Row>();
  const changes: unknown[] = [];
  const sharing = new Set<string>();
  for (const [id, externalId] of [
    ['acc_mine', '17841400000000077'],
    ['acc_theirs', '17841400000000099'],
  ] as const)
    add(id, {
      channel: 'instagram',
      externalId,
      details: {},
      username: null,
      credentials: { access_token: 'stored-token' },
      crmWebhookUrl: 'https://crm.example.com/hook',
      webhookSecret: 'stored-secret',
    });

  function add(id: string, row: NewAccountRow): AccountView {
    const view: AccountView = {
      id,
      channel: row.channel,
      externalId: row.externalId,
      details: row.details,
      settings: row.settings ?? {},
      username: row.username,
      crmWebhookUrl: row.crmWebhookUrl,
      webhookHeaderNames: Object.keys(row.webhookHeaders ?? {}),
      enabled: true,
      pausedAt: null,
      pauseReason: null,
      endpointDisabledReason: row.crmWebhookUrl === null ? 'no_url' : null,
      endpointState: row.crmWebhookUrl === null ? 'disabled' : 'ok',
      createdAt: new Date('2026-11-21T09:00:00.000Z'),
    };
    rows.set(id, { ...row, view });
    return view;
  }

  const byExternalId = (externalId: string) =>
    [...rows.values()].find((row) => row.externalId === externalId)?.view ?? null;

  const store: AccountStore = {
    async create(row) {
      if (byExternalId(row.externalId)) return null;
      return add(`acc_new${rows.size}`, row);
    },
    find: async (id) => rows.get(id)?.view ?? null,
    async list(scope, page) {
      if (page.cursor !== undefined) throw new InvalidCursor();
      const all = [...rows.values()].map((row) => row.view);
      const items = all.filter((view) => scope === '*' || scope.includes(view.id));
      return { items: items.slice(0, page.limit), nextCursor: null };
    },
    async update(id, change) {
      changes.push(change);
      const row = rows.get(id);
      if (!row) return null;
      if (change.enabled !== undefined) row.view.enabled = change.enabled;
      if (change.crmWebhookUrl !== undefined) row.view.crmWebhookUrl = change.crmWebhookUrl;
      return row.view;
    },
    remove: async (id) => rows.delete(id),
    async open(id) {
      const row = rows.get(id);
      if (!row) return null;
      const { channel, externalId, details, credentials, webhookSecret, webhookHeaders = {} } = row;
      const { crmWebhookUrl } = row.view;
      return {
        id,
        channel,
        externalId,
        details,
        credentials,
        crmWebhookUrl,
        webhookSecrets: [webhookSecret],
        webhookHeaders,
      };
    },
    sharesConnection: async (id) => sharing.has(id),
    findByExternalId: async (_channel, externalId) => byExternalId(externalId),
  };
  return { store, rows, changes, sharing };
}
