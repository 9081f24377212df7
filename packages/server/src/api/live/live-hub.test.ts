import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { LiveMessage, LiveRequest } from "@gatewatch/protocol";
import { encodeRequestChunk } from "../../model/chunk-codec.ts";
import type { IssueRecord } from "../../model/issue.ts";
import type { DigestNotice } from "../../model/live.ts";
import type { ChunkRecord } from "../../model/rollup.ts";
import type { Store } from "../../model/store.ts";
import { createMemoryShared } from "../../shared/memory-shared.ts";
import type { StreamSink } from "../route.ts";
import { createLiveHub, FLUSH_MS, type LiveHub } from "./live-hub.ts";
import { ANALYSED_TOPIC, DIGESTED_TOPIC, ISSUE_CHANGED_TOPIC, SESSION_ENDED_TOPIC } from "./live-topics.ts";

let hub: LiveHub;
let looked: number[];
let stored: ChunkRecord[];
const shared = createMemoryShared();

/** Only the three questions that the hub asks. */
const issues: Partial<Store["issues"]> = {
  get: async (projectId, id) => {
    looked.push(id);
    return id === 404 ? null : ({ id, projectId, users: null, title: `issue ${id}` } as IssueRecord);
  },
  trends: async () => new Map(),
  listAnalysed: async () => [],
};

const telemetry: Partial<Store["telemetry"]> = {
  chunks: async () => stored,
};

beforeEach(() => {
  vi.useFakeTimers();
  looked = [];
  stored = [];
  hub = createLiveHub({
    store: { issues: issues as Store["issues"], telemetry: telemetry as Store["telemetry"] },
    shared,
    clock: () => 1_000,
  });
});
afterEach(() => {
  hub.close();
  vi.useRealTimers();
});

interface Watcher extends StreamSink {
  texts: string[];
  slow: boolean;
  ended: boolean;
  allowed: boolean;
}

function watch(
  projectId = 1,
  lastEventId: string | null = null,
  userId: number | null = null,
): Watcher & { stop: () => void } {
  const watcher: Watcher = {
    texts: [],
    slow: false,
    ended: false,
    allowed: true,
    lastEventId,
    send(text) {
      if (watcher.slow) return false;
      watcher.texts.push(text);
      return true;
    },
    isStillAllowed: async () => watcher.allowed,
    end: () => {
      watcher.ended = true;
    },
  };
  return Object.assign(watcher, { stop: hub.open(projectId, watcher, userId) });
}

function messagesOf<Type extends LiveMessage["type"]>(watcher: Watcher, type: Type) {
  return watcher.texts
    .flatMap((text) => text.split("\n").filter((line) => line.startsWith("data: ")))
    .map((line) => JSON.parse(line.slice(6)) as LiveMessage)
    .filter((message): message is Extract<LiveMessage, { type: Type }> => message.type === type);
}

function chunkOf(path: string[]): ChunkRecord {
  const each = <Value>(value: Value) => path.map(() => value);
  const columns = {
    n: path.length,
    t0: 0,
    time: each(0),
    durationUs: each(1),
    status: each(200),
    method: each("GET"),
    path,
  };
  const part = { batchId: new Uint8Array(16), receivedAt: 0, resource: undefined, dict: [], columns };
  const place = { projectId: 1, day: "1970-01-01", kind: "request", segment: 1, offset: 1, part: 0 } as const;
  return { ...place, ...encodeRequestChunk([part]) };
}

let seq = 0;
function row(): LiveRequest {
  seq += 1;
  return {
    seq,
    time: 0,
    method: "GET",
    route: "/",
    path: "/",
    status: 200,
    durationMs: 1,
    requestId: null,
    userId: null,
    client: null,
    errorId: null,
    issueId: null,
  };
}

function digest(count: number, notice: Partial<DigestNotice> = {}): void {
  shared.publish(DIGESTED_TOPIC, {
    projectId: 1,
    requests: Array.from({ length: count }, row),
    skipped: 0,
    errors: 0,
    issues: [],
    lagMs: 5,
    ...notice,
  } satisfies DigestNotice);
}

describe("rows", () => {
  test("of many notices go out together each 100 ms", async () => {
    const watcher = watch();
    digest(2);
    digest(3);
    expect(messagesOf(watcher, "requests")).toEqual([]);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(messagesOf(watcher, "requests")).toMatchObject([{ rows: { length: 5 }, skipped: 0 }]);
  });

  test("are at most 200 a second; what is left out is counted to the last one", async () => {
    const watcher = watch();
    let sent = 0;
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    for (let tenth = 0; tenth < 100; tenth++) {
      digest(50, { skipped: 7 });
      sent += 57;
      await vi.advanceTimersByTimeAsync(FLUSH_MS);
    }
    const messages = messagesOf(watcher, "requests");
    const rows = messages.reduce((sum, message) => sum + message.rows.length, 0);
    const skipped = messages.reduce((sum, message) => sum + message.skipped, 0);
    expect(rows).toBeLessThanOrEqual(10 * 200 + 200);
    expect(rows).toBeGreaterThanOrEqual(10 * 200);
    expect(rows + skipped).toBe(sent);
  });

  test("of a project reach its own watchers only", async () => {
    const mine = watch(1);
    const other = watch(2);
    digest(1);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(messagesOf(mine, "requests")).toHaveLength(1);
    expect(messagesOf(other, "requests")).toEqual([]);
  });

  test("that a slow client could not take are told as skipped once it takes again", async () => {
    const watcher = watch();
    watcher.slow = true;
    digest(5, { skipped: 2 });
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    digest(4);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    watcher.slow = false;
    digest(1);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(messagesOf(watcher, "requests")).toMatchObject([{ rows: { length: 1 }, skipped: 11 }]);
  });

  test("that came before are shown to a new watcher, and to one who returns only what it missed", async () => {
    digest(3);
    const fresh = watch();
    const ids = messagesOf(fresh, "requests").flatMap((message) => message.rows.map(({ seq: id }) => id));
    expect(ids).toHaveLength(3);
    expect(fresh.texts.join("")).toContain(`id: ${ids[2]}\n`);
    const back = watch(1, String(ids[0]));
    expect(messagesOf(back, "requests")).toMatchObject([{ rows: [{ seq: ids[1] }, { seq: ids[2] }] }]);
    const confused = watch(1, "not a number");
    expect(messagesOf(confused, "requests")).toMatchObject([{ rows: { length: 3 } }]);
  });
});

describe("rows from before the server's start", () => {
  const paths = (watcher: Watcher) =>
    messagesOf(watcher, "requests").flatMap(({ rows }) => rows.map(({ path }) => path));

  beforeEach(() => {
    stored = [
      ["/c", "/d"],
      ["/a", "/b"],
    ].map(chunkOf);
  });

  test("are shown once to those who come first, newest last", async () => {
    const watcher = watch();
    const second = watch();
    await vi.advanceTimersByTimeAsync(0);
    expect(paths(watcher)).toEqual(["/a", "/b", "/c", "/d"]);
    expect(paths(second)).toEqual(paths(watcher));
    stored = [];
    expect(paths(watch())).toEqual(paths(watcher));
    const seqs = messagesOf(watcher, "requests").flatMap(({ rows }) => rows.map(({ seq: id }) => id));
    expect(seqs).toEqual([-4, -3, -2, -1]);
  });

  test("give way to new ones, and a store that fails is asked again", async () => {
    const watcher = watch();
    digest(1);
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(paths(watcher)).toEqual(["/"]);
    stored = [{ ...chunkOf(["/x"]), body: new Uint8Array([99]) }];
    watch(2);
    await vi.advanceTimersByTimeAsync(0);
    stored = [chunkOf(["/y"])];
    const later = watch(2);
    await vi.advanceTimersByTimeAsync(0);
    expect(paths(later)).toEqual(["/y"]);
  });
});

describe("issues", () => {
  test("are looked up and sent with what happened", async () => {
    const watcher = watch();
    digest(0, {
      issues: [
        { id: 5, outcome: "new" },
        { id: 404, outcome: "new" },
      ],
    });
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(messagesOf(watcher, "issue")).toMatchObject([{ issue: { id: 5, title: "issue 5" }, outcome: "new" }]);
  });

  test("that merely go on are told once a second, however often they happen", async () => {
    const watcher = watch();
    for (let tenth = 0; tenth < 20; tenth++) {
      digest(0, { issues: [{ id: 5, outcome: "ongoing" }] });
      await vi.advanceTimersByTimeAsync(FLUSH_MS);
    }
    expect(messagesOf(watcher, "issue")).toHaveLength(2);
    expect(looked).toEqual([5, 5]);
  });

  test("that a person changed and analyses that ended are told too", async () => {
    const watcher = watch();
    shared.publish(ISSUE_CHANGED_TOPIC, { projectId: 1, issueIds: [8] });
    shared.publish(ANALYSED_TOPIC, { projectId: 1, issueId: 9 });
    await vi.advanceTimersByTimeAsync(FLUSH_MS);
    expect(messagesOf(watcher, "issue")).toMatchObject([{ outcome: "changed" }]);
    expect(messagesOf(watcher, "analysis")).toEqual([{ type: "analysis", issueId: 9 }]);
  });
});

test("each second says how many requests and errors there were", async () => {
  const watcher = watch();
  digest(3, { skipped: 40, errors: 2 });
  await vi.advanceTimersByTimeAsync(1_000);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(messagesOf(watcher, "tick")).toEqual([
    { type: "tick", time: 1_000, requestsPerSecond: 43, errorsPerSecond: 2, lagMs: 5 },
    { type: "tick", time: 1_000, requestsPerSecond: 0, errorsPerSecond: 0, lagMs: 5 },
  ]);
});

test("each 15 seconds a comment keeps the line, and a credential that is gone ends it", async () => {
  const watcher = watch();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(watcher.texts).toContain(": alive\n\n");
  expect(watcher.ended).toBe(false);
  watcher.allowed = false;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(watcher.ended).toBe(true);
});

test("the end of a session ends at once those streams of its owner that rested on it", async () => {
  const over = watch(1, null, 7);
  const elsewhere = watch(2, null, 7);
  const other = watch(1, null, 8);
  over.allowed = false;
  other.allowed = false;
  shared.publish(SESSION_ENDED_TOPIC, { userId: 7 });
  await vi.advanceTimersByTimeAsync(0);
  expect([over.ended, elsewhere.ended, other.ended]).toEqual([true, false, false]);
});

test("nothing runs while nobody watches", async () => {
  const watcher = watch();
  expect(hub.clients()).toBe(1);
  watcher.stop();
  watcher.stop();
  expect(hub.clients()).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test("the number of watchers has a bound", () => {
  for (let count = 0; count < 500; count++) watch();
  expect(hub.isFull()).toBe(true);
});
