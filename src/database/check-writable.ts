import type { Database } from './database.ts';

/**
 * Throws unless a row can be written and a time be read: a standby after a failover, a disk that is
 * full or a role that may not write answers a question as well as ever.
 */
export async function checkWritable(database: Pick<Database, 'transaction'>): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query(
      `insert into heartbeats (name) values ('health')
       on conflict (name) do update set at = now() returning at`,
    );
  });
}
