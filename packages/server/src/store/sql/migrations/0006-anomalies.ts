import type { Migration } from "./migration.ts";

const REAL = "double precision";

export const anomalies: Migration = {
  version: 6,
  name: "anomalies",
  statements: ({ id, int, blob }) => {
    const subject = `project_id ${int} not null, kind text not null, stream text not null, measure text not null`;
    const key = "primary key (project_id, kind, stream, measure)";
    return [
      `create table anomaly (
        id ${id}, ${subject}, started_at ${int} not null, ended_at ${int}, p_value ${REAL} not null,
        level ${REAL} not null, score ${REAL} not null, count ${int} not null, why text not null, feedback text,
        feedback_at ${int}, told ${int} not null, evidence text not null)`,
      `create index anomaly_started on anomaly (project_id, started_at, id)`,
      `create index anomaly_stream on anomaly (project_id, kind, stream, measure, started_at)`,
      `create index anomaly_open on anomaly (kind) where ended_at is null`,
      `create table anomaly_history (
        id ${id}, project_id ${int} not null, anomaly_id ${int} not null, at ${int} not null, actor text not null,
        action text not null, detail text)`,
      `create index anomaly_history_anomaly on anomaly_history (anomaly_id, id)`,
      `create index anomaly_history_age on anomaly_history (at)`,
      `create table detector_state (
        ${subject}, version ${int} not null, position ${int} not null, updated_at ${int} not null,
        snapshot ${blob} not null, ${key})`,
      `create table watch_stream (
        ${subject}, profile text not null, auto_tune ${int} not null, adaptive_window ${int} not null,
        level ${REAL} not null, created_at ${int} not null, last_seen_at ${int}, seen ${int} not null,
        judged ${int} not null, flagged ${int} not null, false_positives ${int} not null, confirmed ${int} not null,
        dismissed ${int} not null, ${key})`,
      `create table stream_tuning (
        id ${id}, ${subject}, at ${int} not null, actor text not null, field text not null, before text not null,
        after text not null, reason text not null)`,
      `create index stream_tuning_stream on stream_tuning (project_id, kind, stream, measure, id)`,
      `create index stream_tuning_age on stream_tuning (at)`,
      `create table discovery (project_id ${int} primary key, state ${blob} not null)`,
      `create table watch_tally (
        project_id ${int} not null, time ${int} not null, judged ${int} not null, flagged ${int} not null,
        expected ${REAL} not null, told ${int} not null, requests ${int} not null, limited ${int} not null,
        refused ${int} not null, primary key (project_id, time))`,
      `create index watch_tally_age on watch_tally (time)`,
    ];
  },
};
