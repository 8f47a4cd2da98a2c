import type { Transaction } from './database.ts';

/** Who did what to what; never a secret. The table is only ever added to. */
export async function addAuditLine(
  tx: Transaction,
  line: { actor: string; action: string; subject: string },
): Promise<void> {
  await tx.query('insert into audit_log (actor, action, subject) values ($1, $2, $3)', [
    line.actor,
    line.action,
    line.subject,
  ]);
}
