import { Migration } from '@mikro-orm/migrations';

/** What an account's webhooks are listed by. */
export class Migration20261130160100_delivery_list extends Migration {
  override up(): void {
    this.addSql(
      `create index "webhook_deliveries_list" on "webhook_deliveries" ("account_id", "stored_at", "id")`,
    );
  }
}
