import { Migration } from '@mikro-orm/migrations';

/** How an account stands with its platform, and rules that answer customers at once. */
export class Migration20261121191000_automation extends Migration {
  override up(): void {
    this.addSql(
      `alter table "accounts" add column "credentials_set_at" timestamptz not null default now(), add column "checked_at" timestamptz null, add column "health" jsonb null, add column "token_warned_days" int null, add column "refresh_failures" int not null default 0`,
    );
    // The last change is the latest time at which the present credentials can have been given.
    this.addSql(`update "accounts" set "credentials_set_at" = "updated_at"`);
    this.addSql(
      `create table "auto_reply_rules" ("id" text not null, "account_id" text not null, "enabled" boolean not null default true, "priority" int not null default 100, "match" text not null, "pattern" text not null, "case_sensitive" boolean not null default false, "active_hours" jsonb null, "cooldown_seconds" int not null default 60, "text" text not null, "version" int not null default 1, "created_at" timestamptz not null default now(), "updated_at" timestamptz not null default now(), primary key ("id"))`,
    );
    this.addSql(
      `alter table "auto_reply_rules" add constraint "auto_reply_rules_account_id_foreign" foreign key ("account_id") references "accounts" ("id")`,
    );
    this.addSql(
      `create index "auto_reply_rules_order" on "auto_reply_rules" ("account_id", "priority", "created_at", "id")`,
    );
    this.addSql(
      `create table "auto_replies" ("message_id" uuid not null, "rule_id" text not null, "conversation_id" text not null, "user_id" uuid null, "customer_id" text not null, "template" text null, "created_at" timestamptz not null default now(), primary key ("message_id"))`,
    );
    this.addSql(
      `alter table "auto_replies" add constraint "auto_replies_message_id_foreign" foreign key ("message_id") references "messages" ("id") on update cascade on delete cascade`,
    );
    this.addSql(
      `create index "auto_replies_recent" on "auto_replies" ("conversation_id", "created_at")`,
    );
  }
}
