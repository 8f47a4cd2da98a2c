import { parseArgs } from 'node:util';
import { loadConfigOrExit } from '../config.ts';
import { createApiKeyStore } from './api-key-store.ts';
import { createDatabase } from './database.ts';
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
  const keys = createApiKeyStore(await createDatabase(orm));
  process.exitCode = await run(keys);
} finally {
  await orm.close();
}

async function run(keys: ReturnType<typeof createApiKeyStore>): Promise<number> {
  const [command, id] = positionals;
  if (command === 'create') return create(keys);
  if (command === 'list') {
    const { items } = await keys.list({ limit: 1000 });
    for (const key of items)
      print(
        [
          key.id,
          `${key.prefix}…${key.last4}`,
          key.role,
          key.accountIds === '*' ? '*' : key.accountIds.join(','),
          key.revokedAt ? 'revoked' : 'active',
          key.name,
        ].join('  '),
      );
    return 0;
  }
  if (command === 'revoke' && id) {
    const revoked = await keys.revoke(id, 'operator');
    print(revoked ? `${id} is revoked` : `there is no key ${id}`);
    return revoked ? 0 : 1;
  }
  print(USAGE);
  return 2;
}

async function create(keys: ReturnType<typeof createApiKeyStore>): Promise<number> {
  const { name, role, accounts, expires } = values;
  const expiresAt = expires === undefined ? null : new Date(expires);
  if (!name || (role !== 'admin' && role !== 'crm') || Number.isNaN(expiresAt?.getTime())) {
    print(USAGE);
    return 2;
  }
  const { key, view } = await keys.create(
    { name, role, accountIds: accounts === '*' ? '*' : accounts.split(','), expiresAt },
    'operator',
  );
  print(`${view.id}\n${key}\nThe key is shown this once; only its hash is kept.`);
  return 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
