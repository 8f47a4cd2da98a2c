import { Migration } from '@mikro-orm/migrations';

/** Who paused an account, what waits unseen, and codes that nobody knows. */
export class Migration20261130130000_pausing extends Migration {
  override up(): void {
    this.addSql(`alter table "alerts" add column "codes" jsonb not null default '{}'`);
    this.addSql(`alter table "accounts"
      add column "paused_by" text[] not null default '{}',
      add column "refused_conversation" text null,
      add column "proved_at" timestamptz null`);
    this.addSql(`alter table "messages" add column "queued_at" timestamptz not null default now()`);
    this.addSql(
      `create index "messages_unannounced" on "messages" ("queued_at") where direction = 'out' and resolved_at is null and delayed_at is null`,
    );
    this.addSql(
      `create index "messages_delayed" on "messages" ("account_id", "delayed_at") where direction = 'out' and resolved_at is null and delayed_at is not null`,
    );
    this.addSql(`alter table "send_attempts" add column "status_code" int null`);
  }
}
