import type { Migration } from "./migration.ts";

export const clients: Migration = {
  version: 7,
  name: "clients",
  statements: ({ id, int, blob }) => [
    `create table monitor (
      project_id ${int} not null, slug text not null, environment text not null, schedule text, margin_min ${int} not null,
      max_runtime_min ${int} not null, failure_threshold ${int} not null, recovery_threshold ${int} not null,
      state text not null, failures ${int} not null, successes ${int} not null, check_in_id text,
      last_check_in_at ${int} not null, last_duration_s double precision, expected_at ${int}, due_at ${int},
      created_at ${int} not null, primary key (project_id, slug, environment))`,
    `create index monitor_due on monitor (due_at) where due_at is not null`,
    `create table client_session (
      project_id ${int} not null, session text not null, started_at ${int} not null, release text not null,
      environment text not null, status text not null, primary key (project_id, session))`,
    `create index client_session_age on client_session (started_at)`,
    `create table release_health (
      project_id ${int} not null, hour ${int} not null, release text not null, environment text not null,
      sessions ${int} not null, errored ${int} not null, abnormal ${int} not null, crashed ${int} not null,
      primary key (project_id, hour, release, environment))`,
    `create index release_health_age on release_health (hour)`,
    `create table upload_chunk (
      project_id ${int} not null, digest text not null, at ${int} not null, body ${blob} not null, primary key (project_id, digest))`,
    `create index upload_chunk_age on upload_chunk (at)`,
    `create table artifact (
      id ${id}, project_id ${int} not null, kind text not null, debug_id text, path text not null, map_path text, release text,
      dist text, bytes ${int} not null, packed_bytes ${int} not null, at ${int} not null, body ${blob} not null)`,
    `create unique index artifact_debug on artifact (project_id, debug_id, kind) where debug_id is not null`,
    `create index artifact_release on artifact (project_id, release, path)`,
    `create index artifact_age on artifact (at)`,
  ],
};
