import { Migration } from '@mikro-orm/migrations';

/** What a message carries beside its text and its files. */
export class Migration20261130110000_message_details extends Migration {
  override up(): void {
    this.addSql(`alter table "messages" add column "details" jsonb not null default '{}'`);
  }
}
