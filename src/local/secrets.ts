import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { generateApiKey } from '../database/api-key-format.ts';

const Secrets = z.object({
  /** Key ring: what is encrypted in the database cannot be read without it. */
  encryption_keys: z.string(),
  admin_api_key: z.string(),
  app_secret: z.string(),
  verify_token: z.string(),
  crm_webhook_secret: z.string(),
});

/** The secrets of a local router, made once. */
export type LocalSecrets = z.output<typeof Secrets>;

/**
 * Reads `<dataDir>/secrets.json` (mode 0600) or makes it. Throws when the file cannot be read as
 * such: new keys beside an old database would make its contents unreadable.
 */
export function loadSecrets(dataDir: string): LocalSecrets {
  const file = join(dataDir, 'secrets.json');
  if (!existsSync(file)) return makeSecrets(dataDir, file);
  try {
    return Secrets.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`${file} is damaged. Restore it, or remove ${dataDir} to begin anew.`, {
      cause: error,
    });
  }
}

function makeSecrets(dataDir: string, file: string): LocalSecrets {
  const secrets: LocalSecrets = {
    encryption_keys: `k1:${randomBytes(32).toString('base64')}`,
    admin_api_key: generateApiKey(),
    app_secret: randomBytes(16).toString('hex'),
    verify_token: randomBytes(16).toString('hex'),
    crm_webhook_secret: `whsec_${randomBytes(32).toString('base64')}`,
  };
  mkdirSync(dataDir, { recursive: true });
  writePrivately(file, secrets);
  return secrets;
}

/** Writes JSON that only its owner can read; a crash leaves the old file or the new one. */
export function writePrivately(file: string, content: unknown): void {
  const half = `${file}.new`;
  writeFileSync(half, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(half, file);
}
