import { Migration } from '@mikro-orm/migrations';

/** The queue into the CRM's own database. */
export class Migration20261121200000_mirror extends Migration {
  override up(): void {
    this.addSql(`create table "mirror_queue" (
      "id" bigserial primary key,
      "message_id" uuid not null,
      "user_id" text not null,
      "state" text not null default 'pending',
      "fingerprint" text null,
      "attempts" int not null default 0,
      "error_code" text null,
      "error_detail" text null,
      "queued_at" timestamptz not null default now(),
      "first_attempt_at" timestamptz null,
      "last_attempt_at" timestamptz null,
      "written_at" timestamptz null
    )`);
    this.addSql(
      `alter table "mirror_queue" add constraint "mirror_queue_message" unique ("message_id")`,
    );
    this.addSql(
      `create index "mirror_queue_open" on "mirror_queue" ("id") where state in ('pending', 'writing')`,
    );
    this.addSql(
      `create index "mirror_queue_fingerprint" on "mirror_queue" ("fingerprint") where fingerprint is not null`,
    );
    this.addSql(
      `alter table "mirror_queue" add constraint "mirror_queue_message_id_foreign" foreign key ("message_id") references "messages" ("id")`,
    );
    this.addSql(`create table "mirror_status" (
      "id" text not null,
      "last_write_at" timestamptz null,
      "last_write_rows" int null,
      "last_write_ms" int null,
      "last_error_at" timestamptz null,
      "last_error" jsonb null,
      primary key ("id")
    )`);
  }
}
