import type { Migration } from "./migration.ts";

export const controlPlane: Migration = {
  version: 1,
  name: "control plane",
  statements: ({ id, int, blob }) => [
    `create table project (
      id ${id}, name text not null, slug text not null unique, created_at ${int} not null, settings text not null)`,
    `create table credential (
      id ${id}, project_id ${int} not null, kind text not null, scope text not null, name text not null,
      lookup text not null unique, hint text not null, sealed ${blob}, created_at ${int} not null,
      last_used_at ${int}, revoked_at ${int})`,
    `create index credential_project on credential (project_id)`,
    `create table app_user (
      id ${id}, email text not null, email_key text not null unique, name text not null, role text not null,
      password_hash text, created_at ${int} not null)`,
    `create table session (
      id text primary key, user_id ${int} not null, created_at ${int} not null, last_seen_at ${int} not null,
      expires_at ${int} not null, user_agent text)`,
    `create index session_of_user on session (user_id)`,
    `create table one_time_link (
      id text primary key, purpose text not null, user_id ${int}, expires_at ${int} not null)`,
    `create table setting (key text primary key, value text not null)`,
    `create table channel (
      id ${id}, kind text not null, name text not null, enabled ${int} not null, config text not null,
      last_success_at ${int}, last_failure_at ${int}, last_failure text)`,
    `create table alert_rule (
      id ${id}, project_id ${int} not null, enabled ${int} not null, name text not null, condition text not null,
      channels text not null, cooldown_ms ${int} not null)`,
    `create index alert_rule_project on alert_rule (project_id)`,
    `create table audit (
      id ${id}, at ${int} not null, actor text not null, action text not null, project_id ${int}, detail text not null)`,
    `create table outbox (
      id text primary key, project_id ${int} not null, kind text not null, channel_id ${int}, payload text not null,
      created_at ${int} not null, attempts ${int} not null, due_at ${int} not null, lease_until ${int},
      state text not null, last_error text, done_at ${int})`,
    `create index outbox_due on outbox (due_at) where state = 'waiting'`,
    `create index outbox_created on outbox (created_at)`,
    `create table alert_state (key text primary key, value text not null, expires_at ${int} not null)`,
    `create index alert_state_expiry on alert_state (expires_at)`,
    `create table budget (
      key text not null, day text not null, calls ${int} not null, micro_usd ${int} not null, primary key (key, day))`,
    `insert into project (name, slug, created_at, settings) values ('default', 'default', 0, '{}')`,
  ],
};
