import { Migration } from '@mikro-orm/migrations';

/** Messages that a platform announced without saying what they are. */
export class Migration20261130180000_message_fetches extends Migration {
  override up(): void {
    this.addSql(`create table "message_fetches" (
      "id" uuid not null,
      "account_id" text not null,
      "channel" text not null,
      "platform_message_id" text not null,
      "conversation_id" text null,
      "customer" jsonb null,
      "content" jsonb null,
      "platform_time" timestamptz null,
      "state" text not null default 'pending',
      "attempts" int not null default 0,
      "trace_id" text null,
      "created_at" timestamptz not null default now(),
      primary key ("id")
    )`);
    this.addSql(
      `alter table "message_fetches" add constraint "message_fetches_message" unique ("account_id", "platform_message_id")`,
    );
    this.addSql(
      `create index "message_fetches_pending" on "message_fetches" ("account_id") where state = 'pending'`,
    );
    this.addSql(
      `alter table "message_fetches" add constraint "message_fetches_conversation_id_foreign" foreign key ("conversation_id") references "conversations" ("id") on delete set null`,
    );
  }
}
