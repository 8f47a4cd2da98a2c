import { Migration } from '@mikro-orm/migrations';

/** The tables of the first release; the entities describe the same schema, and a test compares them. */
export class Migration20261121000000_initial extends Migration {
  override up(): void {
    this.addSql(`create table "accounts" (
      "id" text not null,
      "channel" text not null,
      "external_id" text not null,
      "username" text null,
      "credentials" text null,
      "credential_version" int not null default 1,
      "webhook_secrets" jsonb not null,
      "settings" jsonb not null default '{}',
      "enabled" boolean not null default true,
      "disabled_at" timestamptz null,
      "paused_at" timestamptz null,
      "pause_reason" text null,
      "throttled_until" timestamptz null,
      "evidence_seen_at" timestamptz null,
      "event_arrival" bigint not null default '0',
      "event_sequence" bigint not null default '0',
      "created_at" timestamptz not null default now(),
      "updated_at" timestamptz not null default now(),
      "deleted_at" timestamptz null,
      primary key ("id")
    )`);
    this.addSql(
      `create unique index "accounts_external_id" on "accounts" ("channel", "external_id") where deleted_at is null`,
    );
    this.addSql(`create table "alerts" (
      "id" text not null,
      "cause" text not null,
      "account_id" text not null default '',
      "first_at" timestamptz not null default now(),
      "last_at" timestamptz not null default now(),
      "count" int not null default 1,
      "resolved_at" timestamptz null,
      "notified_at" timestamptz null,
      "end_notified_at" timestamptz null,
      "notify_attempts" int not null default 0,
      "notify_not_before" timestamptz not null default now(),
      primary key ("id")
    )`);
    this.addSql(
      `create unique index "alerts_open" on "alerts" ("cause", "account_id") where resolved_at is null`,
    );
    this.addSql(`create table "api_keys" (
      "id" text not null,
      "name" text not null,
      "role" text not null,
      "account_ids" text[] not null,
      "key_hash" text not null,
      "prefix" text not null,
      "last4" text not null,
      "expires_at" timestamptz null,
      "revoked_at" timestamptz null,
      "last_used_at" timestamptz null,
      "created_at" timestamptz not null default now(),
      primary key ("id")
    )`);
    this.addSql(
      `alter table "api_keys" add constraint "api_keys_key_hash_unique" unique ("key_hash")`,
    );
    this.addSql(`create table "audit_log" (
      "id" bigserial primary key,
      "at" timestamptz not null default now(),
      "actor" text not null,
      "action" text not null,
      "subject" text not null
    )`);
    this.addSql(`create table "bulk_replays" (
      "id" text not null,
      "account_id" text not null,
      "kind" text not null,
      "filter" jsonb not null,
      "rate_per_second" int not null,
      "state" text not null default 'running',
      "total" int not null,
      "replayed" int not null default 0,
      "skipped" int not null default 0,
      "cursor_at" timestamptz null,
      "cursor_id" text null,
      "created_by" text not null,
      "created_at" timestamptz not null default now(),
      "finished_at" timestamptz null,
      primary key ("id")
    )`);
    this.addSql(`create table "conversations" (
      "id" text not null,
      "account_id" text not null,
      "type" text not null default 'DIRECT',
      "channel" text not null,
      "recipient_id" text not null,
      "head_message_id" uuid null,
      "lane_seq" bigint not null default '0',
      "event_arrival" bigint not null default '0',
      "event_sequence" bigint not null default '0',
      "superseded_by" text null,
      "last_activity_at" timestamptz not null default now(),
      "archived_at" timestamptz null,
      "created_at" timestamptz not null default now(),
      primary key ("id")
    )`);
    this.addSql(
      `create index "conversations_activity" on "conversations" ("account_id", "last_activity_at" desc, "id" desc)`,
    );
    this.addSql(`create table "dead_letters" (
      "id" text not null,
      "kind" text not null,
      "subject_id" text not null,
      "account_id" text not null,
      "conversation_id" text null,
      "channel" text not null,
      "reason" text not null,
      "last_status_code" int null,
      "attempts" int not null,
      "state" text not null default 'open',
      "first_attempt_at" timestamptz null,
      "last_attempt_at" timestamptz null,
      "opened_at" timestamptz not null default now(),
      "checked_at" timestamptz null,
      "created_at" timestamptz not null default now(),
      "closed_at" timestamptz null,
      primary key ("id")
    )`);
    this.addSql(
      `create index "dead_letters_list" on "dead_letters" ("kind", "state", "created_at", "id")`,
    );
    this.addSql(
      `alter table "dead_letters" add constraint "dead_letters_subject" unique ("kind", "subject_id")`,
    );
    this.addSql(`create table "heartbeats" (
      "name" text not null,
      "at" timestamptz not null default now(),
      "gap_ended_at" timestamptz null,
      primary key ("name")
    )`);
    this.addSql(`create table "inbound_events" (
      "id" bigserial primary key,
      "channel" text not null,
      "account_key" text not null,
      "event_key" text not null,
      "request_id" uuid not null,
      "kind" text not null,
      "platform_message_id" text null,
      "parked_at" timestamptz null,
      "parked" jsonb null,
      "received_at" timestamptz not null default now()
    )`);
    this.addSql(
      `create index "inbound_events_parked" on "inbound_events" ("account_key", "platform_message_id") where parked_at is not null`,
    );
    this.addSql(
      `alter table "inbound_events" add constraint "inbound_events_key" unique ("channel", "account_key", "event_key")`,
    );
    this.addSql(`create table "inbound_requests" (
      "id" uuid not null,
      "channel" text not null,
      "body" bytea not null,
      "trace_id" text null,
      "received_at" timestamptz not null default now(),
      primary key ("id")
    )`);
    this.addSql(`create table "messages" (
      "id" uuid not null,
      "account_id" text not null,
      "conversation_id" text not null,
      "direction" text not null,
      "sender_id" uuid null,
      "source" text not null,
      "channel" text not null,
      "type" text not null,
      "text" text null,
      "attachments" jsonb not null default '[]',
      "reactions" jsonb not null default '[]',
      "reply_to" text null,
      "platform_message_id" text null,
      "platform_timestamp" timestamptz null,
      "status" text null,
      "lane_seq" bigint null,
      "round" int not null default 1,
      "resolved_at" timestamptz null,
      "became_head_at" timestamptz null,
      "next_attempt_at" timestamptz null,
      "wait_reason" text null,
      "delayed_at" timestamptz null,
      "possible_duplicate" boolean not null default false,
      "error_class" text null,
      "error_code" text null,
      "error_message" text null,
      "idempotency_key" text null,
      "body_fingerprint" text null,
      "trace_id" text null,
      "edited_at" timestamptz null,
      "deleted_at" timestamptz null,
      "created_at" timestamptz not null default now(),
      primary key ("id")
    )`);
    this.addSql(
      `create index "messages_lane" on "messages" ("conversation_id", "lane_seq") where direction = 'out' and resolved_at is null`,
    );
    this.addSql(
      `create index "messages_platform_id" on "messages" ("account_id", "platform_message_id") where platform_message_id is not null`,
    );
    this.addSql(
      `create index "messages_history" on "messages" ("conversation_id", "created_at" desc, "id" desc)`,
    );
    this.addSql(
      `alter table "messages" add constraint "messages_idempotency" unique ("account_id", "idempotency_key")`,
    );
    this.addSql(`create table "message_parts" (
      "message_id" uuid not null,
      "part" int not null,
      "account_id" text not null,
      "text" text not null,
      "attempts" int not null default 0,
      "platform_message_id" text null,
      "sent_at" timestamptz null,
      primary key ("message_id", "part")
    )`);
    this.addSql(
      `create index "message_parts_platform_id" on "message_parts" ("account_id", "platform_message_id") where platform_message_id is not null`,
    );
    this.addSql(`create table "message_transitions" (
      "id" bigserial primary key,
      "message_id" uuid not null,
      "status" text not null,
      "at" timestamptz not null default now(),
      "source" text not null,
      "attempt" int null,
      "applied" boolean not null default true,
      "error_class" text null,
      "error_code" text null
    )`);
    this.addSql(
      `create index "message_transitions_message" on "message_transitions" ("message_id", "id")`,
    );
    this.addSql(`create table "outbox" (
      "id" bigserial primary key,
      "kind" text not null,
      "target" text not null,
      "account_id" text not null,
      "channel" text null,
      "round" int null,
      "trace_id" text null,
      "details" jsonb null,
      "not_before" timestamptz not null default now(),
      "attempts" int not null default 0,
      "created_at" timestamptz not null default now()
    )`);
    this.addSql(`create index "outbox_due" on "outbox" ("not_before", "id")`);
    this.addSql(`create index "outbox_target" on "outbox" ("kind", "target")`);
    this.addSql(`create table "send_attempts" (
      "id" uuid not null,
      "message_id" uuid not null,
      "account_id" text not null,
      "part" int not null,
      "round" int not null,
      "number" int not null,
      "credential_version" int not null,
      "started_at" timestamptz not null default now(),
      "lease_until" timestamptz not null,
      "finished_at" timestamptz null,
      "outcome" text null,
      "platform_message_id" text null,
      "error_code" text null,
      "error_message" text null,
      "duration_ms" int null,
      "evidence_until" timestamptz null,
      primary key ("id")
    )`);
    this.addSql(
      `create index "send_attempts_message" on "send_attempts" ("message_id", "started_at")`,
    );
    this.addSql(
      `create index "send_attempts_open" on "send_attempts" ("account_id") where outcome is null or outcome = 'unknown'`,
    );
    this.addSql(`create table "users" (
      "id" uuid not null,
      "role" text not null,
      "username" text null,
      "name" text null,
      "profile_fetched_at" timestamptz null,
      "created_at" timestamptz not null default now(),
      primary key ("id")
    )`);
    this.addSql(`create table "external_identities" (
      "id" uuid not null,
      "account_id" text not null,
      "external_id" text not null,
      "user_id" uuid null,
      "conversation_id" text not null,
      "created_at" timestamptz not null default now(),
      primary key ("id")
    )`);
    this.addSql(
      `alter table "external_identities" add constraint "external_identities_key" unique ("account_id", "external_id")`,
    );
    this.addSql(`create table "conversation_participants" (
      "conversation_id" text not null,
      "user_id" uuid not null,
      "joined_at" timestamptz not null default now(),
      "left_at" timestamptz null,
      primary key ("conversation_id", "user_id")
    )`);
    this.addSql(`create table "webhook_attempts" (
      "id" bigserial primary key,
      "delivery_id" text not null,
      "at" timestamptz not null default now(),
      "status_code" int null,
      "error_class" text null,
      "duration_ms" int not null,
      "excerpt" bytea null
    )`);
    this.addSql(
      `create index "webhook_attempts_delivery" on "webhook_attempts" ("delivery_id", "id")`,
    );
    this.addSql(`create table "webhook_deliveries" (
      "id" text not null,
      "account_id" text not null,
      "lane_id" text not null,
      "conversation_id" text null,
      "message_id" text null,
      "type" text not null,
      "from_customer" boolean not null,
      "platform_time" timestamptz null,
      "held_until" timestamptz not null,
      "stored_at" timestamptz not null default now(),
      "arrival" bigint not null,
      "sequence" bigint null,
      "data" text not null,
      "body" text null,
      "state" text not null default 'pending',
      "attempts" int not null default 0,
      "first_attempt_at" timestamptz null,
      "next_attempt_at" timestamptz null,
      "last_status_code" int null,
      "last_error_class" text null,
      "delivered_at" timestamptz null,
      "trace_id" text null,
      primary key ("id")
    )`);
    this.addSql(
      `create index "webhook_deliveries_lane" on "webhook_deliveries" ("lane_id", "arrival") where state = 'pending'`,
    );
    this.addSql(
      `create index "webhook_deliveries_replay" on "webhook_deliveries" ("lane_id", "sequence") where state = 'replay'`,
    );
    this.addSql(
      `create index "webhook_deliveries_pending" on "webhook_deliveries" ("stored_at") where state = 'pending'`,
    );
    this.addSql(`create table "webhook_endpoints" (
      "account_id" text not null,
      "url" text null,
      "url_version" int not null default 1,
      "disabled_at" timestamptz null,
      "disabled_reason" text null,
      "breaker_state" text not null default 'closed',
      "breaker_opened_at" timestamptz null,
      "failures" int not null default 0,
      "next_probe_at" timestamptz null,
      "probes" int not null default 0,
      "probe_lane" text null,
      "probe_offered_at" timestamptz null,
      "probe_lease_until" timestamptz null,
      primary key ("account_id")
    )`);
    this.addSql(
      `alter table "conversations" add constraint "conversations_account_id_foreign" foreign key ("account_id") references "accounts" ("id")`,
    );
    this.addSql(
      `alter table "messages" add constraint "messages_conversation_id_foreign" foreign key ("conversation_id") references "conversations" ("id")`,
    );
    this.addSql(
      `alter table "message_parts" add constraint "message_parts_message_id_foreign" foreign key ("message_id") references "messages" ("id")`,
    );
    this.addSql(
      `alter table "message_transitions" add constraint "message_transitions_message_id_foreign" foreign key ("message_id") references "messages" ("id")`,
    );
    this.addSql(
      `alter table "send_attempts" add constraint "send_attempts_message_id_foreign" foreign key ("message_id") references "messages" ("id")`,
    );
    this.addSql(
      `alter table "external_identities" add constraint "external_identities_account_id_foreign" foreign key ("account_id") references "accounts" ("id")`,
    );
    this.addSql(
      `alter table "external_identities" add constraint "external_identities_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete set null`,
    );
    this.addSql(
      `alter table "external_identities" add constraint "external_identities_conversation_id_foreign" foreign key ("conversation_id") references "conversations" ("id")`,
    );
    this.addSql(
      `alter table "conversation_participants" add constraint "conversation_participants_conversation_id_foreign" foreign key ("conversation_id") references "conversations" ("id") on update cascade on delete cascade`,
    );
    this.addSql(
      `alter table "conversation_participants" add constraint "conversation_participants_user_id_foreign" foreign key ("user_id") references "users" ("id") on update cascade on delete cascade`,
    );
  }
}
