import type { Migration } from "./migration.ts";

export const spreads: Migration = {
  version: 5,
  name: "spreads",
  statements: ({ int, blob }) => [
    `alter table issue_hash add column severity text`,
    `alter table issue_hash add column widens ${int} not null default 0`,
    `create table issue_hash_day (
      hash_id ${int} not null, day ${int} not null, spread ${blob} not null, primary key (hash_id, day))`,
    `create index issue_hash_day_age on issue_hash_day (day)`,
    `create table traffic_day (
      project_id ${int} not null, day ${int} not null, spread ${blob} not null, primary key (project_id, day))`,
    `create index traffic_day_age on traffic_day (day)`,
  ],
};
