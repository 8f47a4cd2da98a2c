import type { Transaction } from '../database.ts';
import type { SealedSecret } from './account-secrets.ts';

/** What a change has to know of the account that it changes. */
export type LockedAccount = {
  paused: boolean;
  /** Since when nothing is sent; null while it is. */
  stopped_at: Date | null;
  webhook_secrets: SealedSecret[];
};

/**
 * Locks the account and its endpoint against every send and delivery that would record a wait
 * meanwhile.
 */
export async function lockAccount(tx: Transaction, id: string): Promise<LockedAccount | undefined> {
  const [row] = await tx.query<LockedAccount>(
    `select a.paused_at is not null as paused, a.webhook_secrets,
            least(a.paused_at, a.disabled_at) as stopped_at
       from accounts a join webhook_endpoints e on e.account_id = a.id
      where a.id = $1 and a.deleted_at is null for no key update`,
    [id],
  );
  return row;
}
