import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ConfigError } from '../config.ts';

const port = z.coerce.number().int().min(1).max(65_535);

/** What only `npm start` reads; `.env.example` lists it at its end. */
const LocalEnvironment = z.object({
  DATA_DIR: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL('../../.data', import.meta.url))),
  PORT: port.default(8000),
  SANDBOX_PORT: port.default(8100),
  POSTGRES_PORT: port.default(5433),
  MYSQL_PORT: port.default(3307),
  TEMPORAL_PORT: port.default(7233),
  TEMPORAL_UI_PORT: port.default(8233),
  TEMPORAL_CLI: z.string().min(1).optional(),
  DATABASE_URL: z.string().min(1).optional(),
  TEMPORAL_ADDRESS: z.string().min(1).optional(),
  INSTAGRAM_API_URL: z.string().min(1).optional(),
  CRM_WEBHOOK_URL: z.string().min(1).optional(),
  ENVIRONMENT: z.string().optional(),
});

/** Where things are and which parts somebody else provides. */
export type LocalSettings = Readonly<z.output<typeof LocalEnvironment>>;

/** Throws {@link ConfigError} naming every wrong variable. */
export function readLocalSettings(environment: NodeJS.ProcessEnv): LocalSettings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = LocalEnvironment.safeParse(given);
  const problems = (parsed.error?.issues ?? []).map(
    (issue) => `${String(issue.path[0])}: ${issue.message}`,
  );
  if (given['ENVIRONMENT'] === 'production')
    problems.push('ENVIRONMENT: npm start is for trying out; use start:api and start:worker');
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({ ...parsed.data, DATA_DIR: resolve(parsed.data.DATA_DIR) });
}
