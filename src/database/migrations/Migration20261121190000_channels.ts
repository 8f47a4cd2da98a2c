import { Migration } from '@mikro-orm/migrations';

/** Content of any kind, groups, other ids of the same person, and the window for free answers. */
export class Migration20261121190000_channels extends Migration {
  override up(): void {
    this.addSql(
      `alter table "accounts" add column "details" jsonb not null default '{}', add column "credentials_expire_at" timestamptz null`,
    );
    this.addSql(
      `alter table "conversations" add column "title" text null, add column "customer_wrote_at" timestamptz null, add column "unreachable_since" timestamptz null`,
    );
    // What customers wrote before is known all the same.
    this.addSql(
      `update "conversations" c set "customer_wrote_at" =
         (select max(coalesce("platform_timestamp", "created_at")) from "messages" m
           where m."conversation_id" = c."id" and m."direction" = 'in')`,
    );
    this.addSql(
      `alter table "external_identities" drop constraint "external_identities_conversation_id_foreign"`,
    );
    this.addSql(`alter table "external_identities" alter column "conversation_id" drop not null`);
    this.addSql(
      `alter table "external_identities" add constraint "external_identities_conversation_id_foreign" foreign key ("conversation_id") references "conversations" ("id") on delete set null`,
    );
    this.addSql(
      `create index "external_identities_conversation" on "external_identities" ("conversation_id")`,
    );
    this.addSql(
      `alter table "messages" add column "payload" text null, add column "refers_to_id" uuid null, add column "agent_id" text null`,
    );
    this.addSql(`alter table "message_parts" add column "content" jsonb null`);
  }
}
