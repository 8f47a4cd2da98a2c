import { parseArgs } from 'node:util';
import { loadConfigOrExit } from '../config.ts';
import { createAccountStore, type AccountStore } from './account-store.ts';
import { createApiKeyStore, type ApiKeyStore, type ApiKeyView } from './api-key-store.ts';
import { createDatabase } from './database.ts';
import { createKeyRing } from './key-ring.ts';
import { createOrm } from './orm.ts';

const USAGE = `usage:
  npm run keys -- create --name NAME [--role admin|crm] [--accounts acc_1,acc_2] [--expires 2027-01-31]
  npm run keys -- list
  npm run keys -- revoke KEY_ID`;

/** API keys for operators who have no key yet, or lost the last one. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string' },
    role: { type: 'string', default: 'crm' },
    accounts: { type: 'string', default: '*' },
    expires: { type: 'string' },
  },
});

const config = loadConfigOrExit();
const orm = await createOrm({ url: config.DATABASE_URL, poolSize: 4 });
try {
  const database = await createDatabase(orm);
  const keyRing = createKeyRing(config.ENCRYPTION_KEYS);
  const accounts = createAccountStore({ database, keyRing });
  process.exitCode = await run(createApiKeyStore(database), accounts);
} finally {
  await orm.close();
}

async function run(keys: ApiKeyStore, accounts: AccountStore): Promise<number> {
  const [command, id] = positionals;
  if (command === 'create') return create(keys, accounts);
  if (command === 'list') return list(keys);
  if (command === 'revoke' && id) {
    const revoked = await keys.revoke(id, 'operator');
    print(revoked ? `${id} is revoked` : `there is no key ${id}`);
    return revoked ? 0 : 1;
  }
  print(USAGE);
  return 2;
}

async function list(keys: ApiKeyStore): Promise<number> {
  let cursor: string | undefined;
  do {
    const page = await keys.list({ limit: 1000, cursor });
    for (const key of page.items) print(line(key));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return 0;
}

function line(key: ApiKeyView): string {
  return [
    key.id,
    `${key.prefix}…${key.last4}`,
    key.role,
    key.accountIds === '*' ? '*' : key.accountIds.join(','),
    state(key),
    key.expiresAt ? `expires ${key.expiresAt.toISOString()}` : 'never expires',
    key.name,
  ].join('  ');
}

function state({ revokedAt, expiresAt }: ApiKeyView): string {
  if (revokedAt) return 'revoked';
  return expiresAt !== null && expiresAt <= new Date() ? 'expired' : 'active';
}

async function create(keys: ApiKeyStore, accounts: AccountStore): Promise<number> {
  const { name, role, expires } = values;
  const accountIds =
    values.accounts === '*' ? '*' : values.accounts.split(',').map((id) => id.trim());
  const expiresAt = expires === undefined ? null : new Date(expires);
  if (!name?.trim() || (role !== 'admin' && role !== 'crm')) {
    print(USAGE);
    return 2;
  }
  const problems = [
    ...(expiresAt !== null && !(expiresAt > new Date())
      ? ['--expires: must be a day or a time in the future, such as 2027-01-31']
      : []),
    ...(accountIds === '*' ? [] : await unknownAmong(accountIds, accounts)),
  ];
  if (problems.length > 0) {
    problems.forEach(print);
    print('No key was made.');
    return 1;
  }
  const { key, view } = await keys.create({ name, role, accountIds, expiresAt }, 'operator');
  print(`${view.id}\n${key}\nThe key is shown this once; only its hash is kept.`);
  return 0;
}

async function unknownAmong(ids: readonly string[], accounts: AccountStore): Promise<string[]> {
  const found = await Promise.all(ids.map((id) => accounts.find(id)));
  return ids
    .filter((_, index) => found[index] === null)
    .map((id) => `--accounts: there is no account "${id}"`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
