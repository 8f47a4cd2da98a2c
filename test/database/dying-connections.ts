import { createDatabase } from '../../src/database/database.ts';
import { createOrm } from '../../src/database/orm.ts';

/** A process of its own whose connections are cut; it must come to its end. */
const orm = await createOrm({ url: process.argv[2] ?? '', poolSize: 4 });
const database = await createDatabase(orm);
const cutAll = () =>
  database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
  );

const idle = () => Promise.all([1, 2, 3].map(() => database.query('select pg_sleep(0.05)')));
await idle();
await cutAll();
const inUse = Promise.allSettled([
  database.transaction(async (tx) => {
    await tx.query('select 1');
    // Nothing is asked while the connection dies: nobody waits for an answer that could fail.
    await cutAll();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }),
]);
await inUse;
// One that is found dead when it is used fails that one use; each is found once.
for (let left = 5; left > 0; left -= 1)
  if (
    await idle().then(
      () => true,
      () => false,
    )
  )
    break;
await idle();
await orm.close();
process.stdout.write('alive\n');
