import type {
  ChannelAccount,
  ChannelErrorKind,
  RefreshedCredentials,
} from '../channels/channel.ts';
import type { CheckedHealth, CredentialTimes } from '../domain/account-health.ts';
import { wellFormed } from '../domain/well-formed.ts';
import {
  countRefreshFailure,
  lockChecked,
  lookAtExpiry,
  resolveTokenAlerts,
} from './accounts/account-health.ts';
import { findHealth, type AccountHealthView } from './accounts/account-health-view.ts';
import { openCredentials, sealCredentials } from './accounts/account-secrets.ts';
import { pauseAccount } from './accounts/pause-account.ts';
import type { Database } from './database.ts';
import type { KeyRing } from './key-ring.ts';

export type { AccountHealthView } from './accounts/account-health-view.ts';

/** An account as a look at its platform needs it. */
export type AccountToCheck = {
  channel: string;
  account: ChannelAccount;
  /** Of the credentials that are in `account`: whatever is written names it. */
  credentialVersion: number;
  times: CredentialTimes;
};

/** What the platform said, or why it said nothing. */
export type CheckAnswer =
  | { healthy: boolean; facts: Record<string, string> }
  | { error: { kind: ChannelErrorKind; code: string; message: string } };

export type AccountHealthStore = {
  /** The channels that have accounts. */
  listChannels(): Promise<string[]>;
  /** Ids of a channel's accounts in their order, from after `after` on. */
  listAccountIds(channel: string, after: string | null, limit: number): Promise<string[]>;
  /** With its credentials opened; null when deleted or unknown. */
  open(accountId: string): Promise<AccountToCheck | null>;
  /**
   * Writes down how an account stands. It is paused when the platform refuses the credentials, and
   * never because the platform cannot be asked. False where the credentials are other ones by now.
   */
  recordCheck(accountId: string, credentialVersion: number, answer: CheckAnswer): Promise<boolean>;
  /** Keeps renewed credentials; null: they could not be renewed. Lifts no pause. */
  recordRefresh(
    accountId: string,
    credentialVersion: number,
    refreshed: RefreshedCredentials | null,
  ): Promise<void>;
  /** Pauses or warns where the end of the present credentials asks for it. */
  lookAtExpiry(accountId: string): Promise<void>;
  find(accountId: string): Promise<AccountHealthView | null>;
};

export type AccountHealthStoreDeps = { database: Database; keyRing: KeyRing };

export function createAccountHealthStore(deps: AccountHealthStoreDeps): AccountHealthStore {
  const { database, keyRing } = deps;
  return {
    async listChannels() {
      const rows = await database.query<{ channel: string }>(
        'select distinct channel from accounts where deleted_at is null order by channel',
      );
      return rows.map((row) => row.channel);
    },
    async listAccountIds(channel, after, limit) {
      const rows = await database.query<{ id: string }>(
        `select id from accounts
          where channel = $1 and deleted_at is null and ($2::text is null or id > $2)
          order by id limit $3`,
        [channel, after, limit],
      );
      return rows.map((row) => row.id);
    },
    open: (id) => openToCheck(deps, id),
    recordCheck: (id, version, answer) =>
      database.transaction(async (tx) => {
        if (!(await lockChecked(tx, id, version))) return false;
        await tx.query('update accounts set checked_at = now(), health = $2 where id = $1', [
          id,
          JSON.stringify(healthOf(answer)),
        ]);
        if ('error' in answer && answer.error.kind === 'unauthorized')
          await pauseAccount(tx, id, answer.error);
        return true;
      }),
    recordRefresh: (id, version, refreshed) =>
      database.transaction(async (tx) => {
        if (!(await lockChecked(tx, id, version))) return;
        if (refreshed === null) return countRefreshFailure(tx, id);
        await tx.query(
          `update accounts
              set credentials = $2, credential_version = credential_version + 1,
                  credentials_expire_at = to_timestamp($3::float8 / 1000),
                  credentials_set_at = now(), token_warned_days = null, refresh_failures = 0,
                  updated_at = now()
            where id = $1`,
          [id, sealCredentials(keyRing, id, refreshed.credentials), refreshed.expiresAt],
        );
        await resolveTokenAlerts(tx, id);
      }),
    lookAtExpiry: (id) =>
      database.transaction(async (tx) => {
        const row = await lockChecked(tx, id);
        if (row) await lookAtExpiry(tx, row);
      }),
    find: (id) => findHealth(database, id),
  };
}

function healthOf(answer: CheckAnswer): CheckedHealth {
  if (!('error' in answer))
    return { healthy: answer.healthy, facts: wellFormed(answer.facts), error: null };
  const { kind, code } = answer.error;
  return { healthy: false, facts: {}, error: { class: kind, code } };
}

async function openToCheck(
  { database, keyRing }: AccountHealthStoreDeps,
  id: string,
): Promise<AccountToCheck | null> {
  const [row] = await database.query<{
    now: Date;
    channel: string;
    external_id: string;
    details: Record<string, string>;
    credentials: string;
    credential_version: number;
    credentials_set_at: Date;
    credentials_expire_at: Date | null;
  }>(
    `select now() as now, channel, external_id, details, credentials, credential_version,
            credentials_set_at, credentials_expire_at
       from accounts where id = $1 and deleted_at is null`,
    [id],
  );
  if (!row) return null;
  return {
    channel: row.channel,
    account: {
      id,
      externalId: row.external_id,
      details: row.details,
      credentials: openCredentials(keyRing, id, row.credentials),
    },
    credentialVersion: row.credential_version,
    times: {
      nowMs: row.now.getTime(),
      setAtMs: row.credentials_set_at.getTime(),
      expiresAtMs: row.credentials_expire_at?.getTime() ?? null,
    },
  };
}
