import { Migration } from '@mikro-orm/migrations';

/**
 * Every message gets its place in its conversation. PostgreSQL gives it, by a trigger: so no insert
 * can forget it, nor one of an older process that still runs.
 */
export class Migration20261130140000_position extends Migration {
  override up(): void {
    this.addSql(`alter table "messages" add column "position" bigint`);
    this.addSql(
      `alter table "conversations" add column "last_position" bigint not null default '0'`,
    );
    this.addSql(`update messages m set position = placed.position
      from (select id, row_number() over (partition by conversation_id order by created_at, id)
                       as position from messages) placed
     where placed.id = m.id`);
    this.addSql(`update conversations c set last_position = newest.position
      from (select conversation_id, max(position) as position from messages group by 1) newest
     where newest.conversation_id = c.id`);
    this.addSql(`alter table "messages" alter column "position" set not null`);
    this.addSql(
      `create unique index "messages_position" on "messages" ("conversation_id", "position")`,
    );
    this.addSql(`create function "messages_place_fn"() returns trigger as $$ begin
        update conversations
           set last_position = last_position + 1,
               last_activity_at = greatest(last_activity_at, clock_timestamp())
         where id = new.conversation_id
         returning last_position, last_activity_at into new.position, new.created_at;
        return new;
      end; $$ language plpgsql`);
    this.addSql(`create trigger "place" before insert on "messages" for each row
      when (new.position is null) execute function "messages_place_fn"()`);
  }
}
