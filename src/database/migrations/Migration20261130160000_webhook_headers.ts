import { Migration } from '@mikro-orm/migrations';

/** Headers of its own that an account's receiver asks for. */
export class Migration20261130160000_webhook_headers extends Migration {
  override up(): void {
    this.addSql(`alter table "accounts" add column "webhook_headers" jsonb not null default '[]'`);
  }
}
