import type { MikroORM } from '@mikro-orm/postgresql';
import { loadConfigOrExit } from '../config.ts';
import { createLogger, errorClass } from '../logger.ts';
import { createDatabase } from './database.ts';
import { createOrm } from './orm.ts';

/** Any number: the same in every process, so that only one of them migrates at a time. */
const MIGRATION_LOCK = 1_128_350_836;

/** Brings the schema up to date. Processes that start together wait for the first of them. */
export async function migrate(orm: MikroORM): Promise<string[]> {
  const database = await createDatabase(orm);
  return database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const done = await orm.migrator.up();
    return done.map((migration) => migration.name);
  });
}

if (import.meta.main) {
  const config = loadConfigOrExit();
  const logger = createLogger({ service: 'migrate', level: config.LOG_LEVEL });
  const orm = await createOrm({ url: config.DATABASE_URL, poolSize: 4 });
  try {
    const names = await migrate(orm);
    logger.info('database is up to date', { count: names.length });
  } catch (error) {
    logger.error('the database could not be migrated', errorClass(error));
    process.exitCode = 1;
  } finally {
    await orm.close();
  }
}
