import type { Migration } from "./migration.ts";

export const feedback: Migration = {
  version: 8,
  name: "feedback",
  statements: ({ id, int, blob }) => [
    `create table feedback (
      id ${id}, project_id ${int} not null, at ${int} not null, error_id text, issue_id ${int}, message text not null,
      name text, email text, url text, release text, environment text)`,
    `create index feedback_project on feedback (project_id, id)`,
    `create index feedback_age on feedback (at)`,
    `create table release_user (
      project_id ${int} not null, day ${int} not null, release text not null, environment text not null,
      users ${blob} not null, crashed ${blob} not null, primary key (project_id, day, release, environment))`,
    `create index release_user_age on release_user (day)`,
    `alter table watch_stream add column anchor text`,
  ],
};
