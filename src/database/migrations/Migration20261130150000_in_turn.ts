import { Migration } from '@mikro-orm/migrations';

/** What is asked about in turn, what was asked of a dead letter, and the runs that an alert is about. */
export class Migration20261130150000_in_turn extends Migration {
  override up(): void {
    this.addSql(`create table "reconcile_turns" (
      "kind" text not null,
      "position" text not null default '',
      "next_pass_at" timestamptz not null default now(),
      primary key ("kind")
    )`);
    this.addSql(`alter table "dead_letters"
      add column "asked" text null,
      add column "ask_again_at" timestamptz null,
      add column "heard" jsonb not null default '{}',
      add column "replayed_at" timestamptz null`);
    this.addSql(
      `create index "dead_letters_waiting" on "dead_letters" ("id") where state in ('open', 'replaying')`,
    );
    this.addSql(`alter table "alerts" add column "workflow_ids" jsonb not null default '[]'`);
  }
}
