import { apiKeyPrefix, generateApiKey, hashApiKey } from './api-key-format.ts';
import { addAuditLine } from './audit.ts';
import type { Database, Transaction } from './database.ts';
import { newId } from './ids.ts';
import type { AccountScope } from './message-store.ts';
import { readIdCursor, toPage, type Page, type PageRequest } from './page.ts';

export type Role = 'admin' | 'crm';

export type ApiKeyView = {
  id: string;
  name: string;
  role: Role;
  accountIds: AccountScope;
  /** The first characters, enough to recognise a key by. */
  prefix: string;
  last4: string;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  createdAt: Date;
};

/** Who is calling, once the key is known to be good. */
export type Caller = {
  keyId: string;
  role: Role;
  accountIds: AccountScope;
};

export type NewApiKey = {
  name: string;
  role: Role;
  accountIds: AccountScope;
  expiresAt: Date | null;
};

export type ApiKeyStore = {
  /** The full key is in the answer and nowhere else afterwards. */
  create(key: NewApiKey, actor: string): Promise<{ key: string; view: ApiKeyView }>;
  /** Stores a key that somebody else made (`ADMIN_API_KEY`); the same key twice is one row. */
  ensure(key: string, as: NewApiKey): Promise<void>;
  /** Null for unknown, expired and revoked keys alike. */
  authenticate(key: string): Promise<Caller | null>;
  list(page: PageRequest): Promise<Page<ApiKeyView>>;
  /** False when there is no such key. Takes effect in every process at once. */
  revoke(id: string, actor: string): Promise<boolean>;
};

/** Every request reads its key's row, so that a revocation holds everywhere at once. */
export function createApiKeyStore(database: Database): ApiKeyStore {
  return {
    async create(key, actor) {
      const secret = generateApiKey();
      const view = await database.transaction(async (tx) => {
        const row = await insertKey(tx, secret, key);
        await addAuditLine(tx, { actor, action: 'api_key.create', subject: row?.id ?? '' });
        return row;
      });
      if (!view) throw new Error('a new API key collided with an existing one');
      return { key: secret, view };
    },
    async ensure(secret, key) {
      await database.transaction((tx) => insertKey(tx, secret, key));
    },
    async authenticate(secret) {
      const [row] = await database.query<FoundKey>(
        `select id, role, account_ids,
                last_used_at is null or last_used_at < now() - interval '1 minute' as stale
           from api_keys
          where key_hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
        [hashApiKey(secret)],
      );
      if (!row) return null;
      if (row.stale)
        await database.query('update api_keys set last_used_at = now() where id = $1', [row.id]);
      return { keyId: row.id, role: row.role, accountIds: asScope(row.account_ids) };
    },
    async list(page) {
      const rows = await database.query<KeyRow>(
        `${KEY} where ($1::text is null or id > $1) order by id limit $2`,
        [readIdCursor(page.cursor, 'key'), page.limit + 1],
      );
      return toPage(rows.map(keyView), page.limit, (view) => view.id);
    },
    async revoke(id, actor) {
      return database.transaction(async (tx) => {
        const rows = await tx.query(
          'update api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 returning id',
          [id],
        );
        if (rows.length > 0)
          await addAuditLine(tx, { actor, action: 'api_key.revoke', subject: id });
        return rows.length > 0;
      });
    },
  };
}

const KEY = `select id, name, role, account_ids, prefix, last4, expires_at, revoked_at,
  last_used_at, created_at from api_keys`;

type FoundKey = { id: string; role: Role; account_ids: string[]; stale: boolean };

type KeyRow = {
  id: string;
  name: string;
  role: Role;
  account_ids: string[];
  prefix: string;
  last4: string;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
  created_at: Date;
};

async function insertKey(
  tx: Transaction,
  secret: string,
  key: NewApiKey,
): Promise<ApiKeyView | null> {
  const id = newId('key');
  await tx.query(
    `insert into api_keys (id, name, role, account_ids, key_hash, prefix, last4, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (key_hash) do nothing`,
    [
      id,
      key.name,
      key.role,
      key.accountIds === '*' ? ['*'] : key.accountIds,
      hashApiKey(secret),
      apiKeyPrefix(secret),
      secret.slice(-4),
      key.expiresAt,
    ],
  );
  const [row] = await tx.query<KeyRow>(`${KEY} where id = $1`, [id]);
  return row ? keyView(row) : null;
}

function keyView(row: KeyRow): ApiKeyView {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    accountIds: asScope(row.account_ids),
    prefix: row.prefix,
    last4: row.last4,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    createdAt: row.created_at,
  };
}

function asScope(accountIds: string[]): AccountScope {
  return accountIds.includes('*') ? '*' : accountIds;
}
