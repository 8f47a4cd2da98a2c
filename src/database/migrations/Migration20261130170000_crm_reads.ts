import { Migration } from '@mikro-orm/migrations';

/** What a CRM asks for: conversations by their newest message, people by the platform's id of them. */
export class Migration20261130170000_crm_reads extends Migration {
  override up(): void {
    this.addSql(`alter table "users" add column "platform_id" text null`);
    this.addSql(`alter table "messages" add column "content_fingerprint" text null`);
    this.addSql(`create index "external_identities_user" on "external_identities" ("user_id")`);
    this.addSql(
      `create index "conversations_recent" on "conversations" ("last_activity_at" desc, "id" desc)`,
    );
  }
}
