import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { JournalPosition } from "../../model/journal.ts";
import type { ChunkRecord } from "../../model/rollup.ts";
import type { ChunkQuery } from "../sql/telemetry/create-telemetry-store.ts";
import { createPrivateFile } from "./create-private-file.ts";
import { SqliteConnection } from "./sqlite-connection.ts";

const MAX_OPEN = 8;
const FILE_NAME = /^events-(\d{4}-\d{2}-\d{2})\.db$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const SUFFIXES = ["", "-wal", "-shm"];

const SCHEMA = `
  create table if not exists chunk (
    id integer primary key, journal_segment integer not null, journal_offset integer not null, part integer not null,
    kind text not null, project_id integer not null, min_time integer not null, max_time integer not null,
    count integer not null, body blob not null,
    unique (journal_segment, journal_offset, part, kind, project_id));
  create index if not exists chunk_span on chunk (project_id, kind, max_time)`;

const UPSERT = `
  insert into chunk (journal_segment, journal_offset, part, kind, project_id, min_time, max_time, count, body)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (journal_segment, journal_offset, part, kind, project_id) do update set
    min_time = excluded.min_time, max_time = excluded.max_time, count = excluded.count, body = excluded.body`;

/** The files that hold the event chunks of one UTC day each, on connections of their own. */
export class DayFiles {
  private readonly dataDir: string;
  private readonly readOnly: boolean;
  /** Least recently used first. */
  private readonly open = new Map<string, SqliteConnection>();

  constructor(dataDir: string, options: { readOnly: boolean }) {
    this.dataDir = dataDir;
    this.readOnly = options.readOnly;
  }

  /** Days that have a file, oldest first. */
  days(): string[] {
    return readdirSync(this.dataDir)
      .flatMap((name) => FILE_NAME.exec(name)?.[1] ?? [])
      .sort();
  }

  /** Makes the chunks durable, one transaction a day, `onDay` after each; the same chunk again changes nothing. */
  write(chunks: readonly ChunkRecord[], onDay: () => void): void {
    for (const [day, group] of Map.groupBy(chunks, (chunk) => chunk.day)) {
      const connection = this.connect(day);
      connection.exec("begin immediate");
      try {
        const upsert = connection.prepare(UPSERT);
        for (const { segment, offset, part, kind, projectId, minTime, maxTime, count, body } of group)
          upsert.run(segment, offset, part, kind, projectId, minTime, maxTime, count, body);
        connection.exec("commit");
        onDay();
      } catch (error) {
        connection.rollback();
        throw error;
      }
    }
  }

  /** Chunks of one day that may hold events of the span, newest first, none beyond what the main file has committed. */
  read(day: string, query: ChunkQuery, committed: JournalPosition): ChunkRecord[] {
    this.forgetDropped();
    if (!existsSync(this.path(day))) return [];
    const rows = this.connect(day)
      .prepare(
        `select journal_segment, journal_offset, part, min_time, max_time, count, body from chunk
         where project_id = ? and kind = ? and max_time >= ? and min_time < ?
           and (journal_segment, journal_offset) <= (?, ?)
         order by max_time desc, id desc limit ?`,
      )
      .all(query.projectId, query.kind, query.from, query.to, committed.segment, committed.offset, query.limit);
    return rows.map((row) => ({
      projectId: query.projectId,
      day,
      kind: query.kind,
      segment: Number(row["journal_segment"]),
      offset: Number(row["journal_offset"]),
      part: Number(row["part"]),
      minTime: Number(row["min_time"]),
      maxTime: Number(row["max_time"]),
      count: Number(row["count"]),
      body: row["body"] as Uint8Array,
    }));
  }

  /** Deletes chunks that the main file never committed; the digest makes them again. */
  dropBeyond(position: JournalPosition | null, days: readonly string[] = this.days()): number {
    let dropped = 0;
    for (const day of days) {
      const statement = this.connect(day).prepare("delete from chunk where (journal_segment, journal_offset) > (?, ?)");
      dropped += statement.run(position?.segment ?? -1, position?.offset ?? -1).changes;
    }
    return dropped;
  }

  /** Removes a day with all its chunks. */
  drop(day: string): void {
    this.disconnect(day);
    for (const suffix of SUFFIXES) rmSync(this.path(day) + suffix, { force: true });
  }

  /** Bytes on disk of one day. */
  size(day: string): number {
    return SUFFIXES.reduce((sum, suffix) => sum + fileSize(this.path(day) + suffix), 0);
  }

  path(day: string): string {
    if (!DAY.test(day)) throw new RangeError(`A day is written YYYY-MM-DD; got ${JSON.stringify(day)}.`);
    return join(this.dataDir, `events-${day}.db`);
  }

  close(): void {
    for (const day of this.open.keys()) this.disconnect(day);
  }

  private connect(day: string): SqliteConnection {
    const known = this.open.get(day);
    if (known) {
      this.open.delete(day);
      this.open.set(day, known);
      return known;
    }
    if (!this.readOnly) createPrivateFile(this.path(day));
    const connection = new SqliteConnection(this.path(day), { readOnly: this.readOnly });
    if (!this.readOnly) prepareForWriting(connection);
    this.open.set(day, connection);
    if (this.open.size > MAX_OPEN) {
      const oldest = this.open.keys().next().value;
      if (oldest !== undefined) this.disconnect(oldest);
    }
    return connection;
  }

  /** The disk gets the space of a removed file back only when its last reader lets go. */
  private forgetDropped(): void {
    for (const day of this.open.keys()) if (!existsSync(this.path(day))) this.disconnect(day);
  }

  private disconnect(day: string): void {
    this.open.get(day)?.close();
    this.open.delete(day);
  }
}

/** Bytes of a file; 0 when there is none. */
export function fileSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function prepareForWriting(connection: SqliteConnection): void {
  try {
    connection.exec("pragma page_size = 8192; pragma journal_mode = wal; pragma synchronous = full");
    connection.exec("pragma wal_autocheckpoint = 2048; pragma journal_size_limit = 16777216");
    connection.exec(SCHEMA);
  } catch (error) {
    connection.close();
    throw error;
  }
}
