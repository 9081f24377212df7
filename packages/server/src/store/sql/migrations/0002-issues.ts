import type { Migration } from "./migration.ts";

export const issues: Migration = {
  version: 2,
  name: "issues",
  statements: ({ id, int, blob }) => [
    `create table issue (
      id ${id}, project_id ${int} not null, title text not null, culprit text not null, level text not null,
      state text not null, severity text not null, first_seen ${int} not null, last_seen ${int} not null,
      events ${int} not null, users ${blob}, user_count ${int} not null, first_release text, last_release text,
      releases text not null, routes text not null, resolved_at ${int}, resolved_in_release text,
      resolve_in_next_release ${int} not null, ignore_until ${int}, ignore_until_count ${int},
      version ${int} not null, search_text text not null)`,
    `create index issue_last_seen on issue (project_id, last_seen, id)`,
    `create index issue_first_seen on issue (project_id, first_seen, id)`,
    `create index issue_events on issue (project_id, events, id)`,
    `create index issue_state on issue (project_id, state)`,
    `create index issue_culprit on issue (project_id, culprit)`,
    `create table issue_hash (
      id ${id}, project_id ${int} not null, issue_id ${int} not null, algorithm text not null, kind text not null,
      hash text not null, events ${int} not null, first_seen ${int} not null, last_seen ${int} not null,
      users ${blob}, title text not null, culprit text not null, explanation text not null, first_release text,
      last_release text, releases text not null, routes text not null, unique (project_id, hash, algorithm))`,
    `create index issue_hash_issue on issue_hash (issue_id)`,
    `create table issue_hash_link (
      issue_id ${int} not null, hash_id ${int} not null, primary key (hash_id, issue_id))`,
    `create index issue_hash_link_issue on issue_hash_link (issue_id)`,
    `create table issue_hash_history (
      id ${id}, project_id ${int} not null, hash_id ${int} not null, at ${int} not null, actor text not null,
      action text not null, from_issue ${int}, to_issue ${int} not null)`,
    `create index issue_hash_history_hash on issue_hash_history (hash_id)`,
    `create table issue_hash_hour (
      hash_id ${int} not null, hour ${int} not null, events ${int} not null, primary key (hash_id, hour))`,
    `create index issue_hash_hour_age on issue_hash_hour (hour)`,
    `create table issue_event (
      project_id ${int} not null, id text not null, issue_id ${int} not null, hash_id ${int} not null,
      time ${int} not null, received_at ${int} not null, pin text not null, release text, environment text, host text,
      message text not null, body ${blob} not null, primary key (project_id, id))`,
    `create index issue_event_issue on issue_event (issue_id, time, id)`,
    `create index issue_event_pin on issue_event (issue_id, pin)`,
    `create index issue_event_age on issue_event (received_at) where pin = 'sample'`,
    `create index issue_event_hash on issue_event (hash_id)`,
    `create table issue_activity (
      id ${id}, project_id ${int} not null, issue_id ${int} not null, at ${int} not null, actor text not null,
      action text not null, detail text)`,
    `create index issue_activity_issue on issue_activity (issue_id, id)`,
    `create table analysis (
      project_id ${int} not null, issue_id ${int} not null, provider text not null, evidence_digest text not null,
      status text not null, created_at ${int} not null, body text not null,
      primary key (issue_id, provider, evidence_digest))`,
  ],
};
