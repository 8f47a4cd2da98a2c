import { Migration } from '@mikro-orm/migrations';

/** Edits and reactions are ordered by the platform's time; what is deleted is forgotten everywhere. */
export class Migration20261130100000_changes extends Migration {
  override up(): void {
    this.addSql(`alter table "messages"
      add column "edit_time" timestamptz null,
      add column "edit_revision" int null,
      add column "reaction_times" jsonb not null default '{}'`);
    this.addSql(
      `create index "messages_reply_open" on "messages" ("account_id", "reply_to") where reply_to is not null and refers_to_id is null`,
    );
    this.addSql(
      `create index "inbound_events_content" on "inbound_events" ("account_key", "platform_message_id") where kind in ('message', 'echo', 'edited')`,
    );
    this.addSql(
      `create index "webhook_deliveries_message" on "webhook_deliveries" ("message_id") where message_id is not null`,
    );
  }
}
