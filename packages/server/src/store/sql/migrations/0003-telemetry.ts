import type { Migration } from "./migration.ts";

const ROLLUP_TABLES = ["rollup_minute", "rollup_minute_route", "rollup_hour_route", "rollup_day", "rollup_day_route"];

export const telemetry: Migration = {
  version: 3,
  name: "telemetry",
  statements: (words) => {
    const { id, int, blob } = words;
    return [
      `create table meta (key text primary key, value text not null)`,
      `create table route (id ${id}, name text not null unique)`,
      `create table chunk_day (
        project_id ${int} not null, kind text not null, day text not null, min_time ${int} not null,
        max_time ${int} not null, primary key (project_id, kind, day))`,
      ...(words.engine === "sqlite" ? sqliteOnly() : postgresOnly()),
    ];
    function rollupColumns(): string {
      return `project_id ${int} not null, time ${int} not null, route_id ${int} not null, count ${int} not null,
        errors ${int} not null, client_errors ${int} not null, sum_us ${int} not null, max_us ${int} not null,
        sketch ${blob} not null`;
    }
    function sqliteOnly(): string[] {
      return [
        ...ROLLUP_TABLES.map(
          (table) =>
            `create table ${table} (${rollupColumns()}, primary key (project_id, time, route_id)) without rowid`,
        ),
        `create table batch (
          day integer not null, project_id integer not null, id blob not null, received_at integer not null,
          events integer not null, primary key (day, project_id, id)) without rowid`,
      ];
    }
    // Delta rows: writers only append, readers merge, a background job compacts.
    function postgresOnly(): string[] {
      return [
        ...ROLLUP_TABLES.flatMap((table) => [
          `create table ${table} (${rollupColumns()})`,
          `create index ${table}_cell on ${table} (project_id, time, route_id)`,
        ]),
        `create table batch (
          day bigint not null, project_id bigint not null, id bytea not null, received_at bigint not null,
          events bigint not null, primary key (project_id, id, day)) partition by list (day)`,
        `create table chunk (
          day text not null, project_id bigint not null, kind text not null, journal_segment bigint not null,
          journal_offset bigint not null, part bigint not null, min_time bigint not null, max_time bigint not null,
          count bigint not null, body bytea not null,
          primary key (day, journal_segment, journal_offset, part, kind, project_id)) partition by list (day)`,
        `alter table chunk alter column body set storage external`,
        `create index chunk_span on chunk (project_id, kind, max_time)`,
      ];
    }
  },
};
