import type { Credentials } from '../channels/channel.ts';
import { changeAccount } from './accounts/change-account.ts';
import { removeAccount } from './accounts/remove-account.ts';
import {
  openCredentials,
  openHeaders,
  openSecrets,
  sealCredentials,
  sealHeaders,
  sealSecret,
  type SealedHeader,
  type SealedSecret,
} from './accounts/account-secrets.ts';
import {
  ACCOUNT,
  accountView,
  findAccount,
  type AccountRow,
  type AccountSettings,
  type AccountView,
} from './accounts/account-view.ts';
import { JUST_VALIDATED } from './accounts/account-health.ts';
import type { WebhookHeaders } from '../domain/webhook-headers.ts';
import { addAuditLine } from './audit.ts';
import type { Database, Transaction } from './database.ts';
import { newId } from './ids.ts';
import type { KeyRing } from './key-ring.ts';
import type { AccountScope } from './message-store.ts';
import { readIdCursor, toPage, type Page, type PageRequest } from './page.ts';
import { scopeParameter } from './scope.ts';

export type { AccountSettings, AccountView } from './accounts/account-view.ts';

export type NewAccountRow = {
  channel: string;
  externalId: string;
  details: Readonly<Record<string, string>>;
  username: string | null;
  credentials: Credentials;
  /** Milliseconds since 1970, where the platform tells. */
  credentialsExpireAt?: number | null | undefined;
  crmWebhookUrl: string | null;
  /** The signing secret, in clear; stored encrypted. */
  webhookSecret: string;
  /** In clear; stored encrypted. */
  webhookHeaders?: WebhookHeaders | undefined;
  settings?: AccountSettings | undefined;
};

export type AccountChanges = {
  username?: string | null | undefined;
  /** Already validated with the platform: lifts a pause. */
  credentials?: Credentials | undefined;
  /** With new credentials only. Milliseconds since 1970; null: not told. */
  credentialsExpireAt?: number | null | undefined;
  settings?: AccountSettings | undefined;
  crmWebhookUrl?: string | null | undefined;
  /** The old secret signs beside the new one for `overlapMs`. */
  webhookSecret?: { secret: string; overlapMs: number } | undefined;
  /** All of them anew; none removes those that there were. */
  webhookHeaders?: WebhookHeaders | undefined;
  enabled?: boolean | undefined;
};

/** What delivering and sending need of an account, with secrets opened. */
export type OpenAccount = {
  id: string;
  channel: string;
  externalId: string;
  details: Record<string, string>;
  credentials: Credentials;
  crmWebhookUrl: string | null;
  /** Newest first. */
  webhookSecrets: string[];
  webhookHeaders: Record<string, string>;
};

export type AccountStore = {
  /** Null when the platform account is there already. */
  create(account: NewAccountRow, actor: string): Promise<AccountView | null>;
  find(id: string): Promise<AccountView | null>;
  list(scope: AccountScope, page: PageRequest): Promise<Page<AccountView>>;
  /** Null when there is no such account. Writes the wake-ups that its changes earn. */
  update(id: string, changes: AccountChanges, actor: string): Promise<AccountView | null>;
  /** Erases credentials, fails waiting messages with `account_deleted`. False: no such account. */
  remove(id: string, actor: string): Promise<boolean>;
  /** With secrets opened; null when deleted or unknown. */
  open(id: string): Promise<OpenAccount | null>;
  /**
   * Whether another account lives in the same place on the platform (the same WhatsApp business
   * account): ending the webhooks of one would end those of the other.
   */
  sharesConnection(id: string): Promise<boolean>;
  findByExternalId(channel: string, externalId: string): Promise<AccountView | null>;
};

export type AccountStoreDeps = { database: Database; keyRing: KeyRing };

export function createAccountStore({ database, keyRing }: AccountStoreDeps): AccountStore {
  return {
    create: (account, actor) =>
      database.transaction((tx) => insertAccount(tx, keyRing, account, actor)),
    find: (id) => findAccount(database, id),
    async list(scope, page) {
      const rows = await database.query<AccountRow>(
        `${ACCOUNT} and ($1::text[] is null or a.id = any($1)) and ($2::text is null or a.id > $2)
         order by a.id limit $3`,
        [scopeParameter(scope), readIdCursor(page.cursor, 'acc'), page.limit + 1],
      );
      return toPage(rows.map(accountView), page.limit, (view) => view.id);
    },
    update: (id, changes, actor) =>
      database.transaction((tx) => changeAccount(tx, keyRing, id, changes, actor)),
    remove: (id, actor) => database.transaction((tx) => removeAccount(tx, id, actor)),
    open: (id) => openAccount(database, keyRing, id),
    async sharesConnection(id) {
      const [row] = await database.query(
        `select 1 from accounts a join accounts other
            on other.channel = a.channel and other.details = a.details and other.id <> a.id
          where a.id = $1 and a.details <> '{}' and other.deleted_at is null limit 1`,
        [id],
      );
      return row !== undefined;
    },
    async findByExternalId(channel, externalId) {
      const [row] = await database.query<AccountRow>(
        `${ACCOUNT} and a.channel = $1 and a.external_id = $2`,
        [channel, externalId],
      );
      return row ? accountView(row) : null;
    },
  };
}

async function insertAccount(
  tx: Transaction,
  keyRing: KeyRing,
  account: NewAccountRow,
  actor: string,
): Promise<AccountView | null> {
  const id = newId('acc');
  const rows = await tx.query(
    `insert into accounts (id, channel, external_id, username, credentials, webhook_secrets,
                           details, credentials_expire_at, health, settings, webhook_headers,
                           checked_at)
     values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8::float8 / 1000), $9, $10, $11, now())
     on conflict (channel, external_id) where deleted_at is null do nothing returning id`,
    [
      id,
      account.channel,
      account.externalId,
      account.username,
      sealCredentials(keyRing, id, account.credentials),
      JSON.stringify([sealSecret(keyRing, id, account.webhookSecret)]),
      JSON.stringify(account.details),
      account.credentialsExpireAt ?? null,
      JSON.stringify(JUST_VALIDATED),
      JSON.stringify(account.settings ?? {}),
      JSON.stringify(sealHeaders(keyRing, id, account.webhookHeaders ?? {})),
    ],
  );
  if (rows.length === 0) return null;
  await tx.query('insert into webhook_endpoints (account_id, url) values ($1, $2)', [
    id,
    account.crmWebhookUrl,
  ]);
  await addAuditLine(tx, { actor, action: 'account.create', subject: id });
  return findAccount(tx, id);
}

async function openAccount(
  database: Database,
  keyRing: KeyRing,
  id: string,
): Promise<OpenAccount | null> {
  const [row] = await database.query<{
    channel: string;
    external_id: string;
    details: Record<string, string>;
    credentials: string;
    webhook_secrets: SealedSecret[];
    webhook_headers: SealedHeader[];
    url: string | null;
    now: Date;
  }>(
    `select a.channel, a.external_id, a.details, a.credentials, a.webhook_secrets,
            a.webhook_headers, e.url, now() as now
       from accounts a join webhook_endpoints e on e.account_id = a.id
      where a.id = $1 and a.deleted_at is null`,
    [id],
  );
  if (!row) return null;
  return {
    id,
    channel: row.channel,
    externalId: row.external_id,
    details: row.details,
    credentials: openCredentials(keyRing, id, row.credentials),
    crmWebhookUrl: row.url,
    webhookSecrets: openSecrets(keyRing, id, row.webhook_secrets, row.now),
    webhookHeaders: openHeaders(keyRing, id, row.webhook_headers),
  };
}
