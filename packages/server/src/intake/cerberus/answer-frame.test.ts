import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { JournalError } from "../../model/journal.ts";
import { createFakeIntake, type FakeIntake } from "../fake-intake.ts";
import type { IntakeDeps } from "../intake-deps.ts";
import { createBatchReceiver } from "../receive-batch.ts";
import {
  ANSWER_WITHIN_MS,
  type AnswerDeps,
  answerFrame,
  type CerberusFrame,
  type FrameSource,
  MAX_FRAME_BYTES,
} from "./answer-frame.ts";
import { createFrameBatcher } from "./frame-batcher.ts";
import { createKeyBackoff } from "./key-backoff.ts";

const OK = { status: "ok" };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Harness extends FakeIntake {
  source: FrameSource;
  /** The answer, and after how many milliseconds it came. */
  answer(event?: Record<string, unknown> | Buffer): Promise<{ ack: unknown; afterMs: number }>;
}

function open(overrides: Partial<IntakeDeps> = {}): Harness {
  const fake = createFakeIntake({ now: Date.now, ...overrides });
  const parts: AnswerDeps = {
    deps: fake.deps,
    batcher: createFrameBatcher(createBatchReceiver(fake.deps)),
    backoff: createKeyBackoff(Date.now),
  };
  const source: FrameSource = { address: "203.0.113.9", wrongKeys: 0, isKnown: false };
  return {
    ...fake,
    source,
    async answer(event = {}) {
      const whole = { api_key: "in", endpoint: "/a", method: "GET", ...event };
      const bytes = Buffer.isBuffer(event) ? event : Buffer.from(JSON.stringify(whole));
      const frame: CerberusFrame = { bytes, at: Date.now() };
      const answered = answerFrame(frame, source, parts).then((ack) => ({ ack, afterMs: Date.now() - frame.at }));
      // Clients give up after five seconds.
      await vi.advanceTimersByTimeAsync(4_999);
      return answered;
    },
  };
}

describe("answerFrame()", () => {
  it("answers at once when the event is durable", async () => {
    const { answer, journal } = open();
    expect(await answer()).toEqual({ ack: OK, afterMs: 0 });
    expect(journal.records).toMatchObject([{ projectId: 1 }]);
  });

  it.each([-3_600_000, 3_600_000])("answers in time though the clock is set by %i ms meanwhile", async (jumpMs) => {
    let now = 0;
    const { deps } = createFakeIntake({ now: () => now, pseudonymSecret: () => new Promise<never>(() => {}) });
    const parts = {
      deps,
      batcher: createFrameBatcher(createBatchReceiver(deps)),
      backoff: createKeyBackoff(deps.now),
    };
    const bytes = Buffer.from(JSON.stringify({ api_key: "in", endpoint: "/a", method: "GET" }));
    const source: FrameSource = { address: "203.0.113.9", wrongKeys: 0, isKnown: false };
    now = jumpMs;
    const answered = answerFrame({ bytes, at: 0 }, source, parts);
    await vi.advanceTimersByTimeAsync(ANSWER_WITHIN_MS);
    expect(await answered).toMatchObject({ status: "error", error: "unavailable" });
  });

  it.each([{ api_key: undefined, token: "in2" }, { api_key: "in2" }])(
    "takes the key of each frame: %j",
    async (key) => {
      const { answer, journal } = open();
      await answer();
      expect((await answer(key)).ack).toEqual(OK);
      expect(journal.records.map(({ projectId }) => projectId)).toEqual([1, 2]);
    },
  );

  it("takes a probe of the app's health, and stores nothing", async () => {
    const { answer, journal } = open();
    expect((await answer({ endpoint: "/healthz" })).ack).toEqual(OK);
    expect(journal.records).toEqual([]);
  });

  it("never answers before the journal, nor after the client's patience", async () => {
    const { answer, journal } = open();
    journal.gate = new Promise(() => {});
    expect(await answer()).toMatchObject({ ack: { status: "error", error: "unavailable" }, afterMs: 4_000 });
  });

  it("waits for the journal as long as clients bear", async () => {
    const { answer, journal } = open();
    journal.gate = new Promise((resolve) => setTimeout(resolve, 3_900));
    expect(await answer()).toEqual({ ack: OK, afterMs: 3_900 });
  });

  it("tries again while the server cannot write, and loses nothing", async () => {
    const { answer, journal } = open();
    journal.failures.push(...Array.from({ length: 8 }, () => new JournalError("journal_write_failed", "disk full")));
    expect(await answer()).toEqual({ ack: OK, afterMs: 2_000 });
    expect(journal.records).toHaveLength(1);
  });

  it("says so when that does not help", async () => {
    const { answer, journal, deps } = open({ maxBacklogBytes: 100 });
    journal.backlog = 101;
    expect(await answer()).toMatchObject({ ack: { status: "error", error: "unavailable" }, afterMs: 3_000 });
    expect(journal.records).toEqual([]);
    expect(deps.counters.refused).toEqual({ unavailable: 1 });
  });

  it.each([
    [50, 0],
    [75, 1_500],
    [100, 3_000],
  ])("slows its clients down as the backlog grows: %i %% by %i ms", async (backlog, afterMs) => {
    const { answer, journal } = open({ maxBacklogBytes: 100 });
    journal.backlog = backlog;
    expect(await answer()).toEqual({ ack: OK, afterMs });
    expect(journal.records).toHaveLength(1);
  });

  it("holds what the rate does not allow until it does", async () => {
    const { answer, empty } = open();
    empty.add("intake:1");
    setTimeout(() => empty.clear(), 1_000);
    expect(await answer()).toEqual({ ack: OK, afterMs: 1_500 });
    empty.add("intake:1");
    expect(await answer()).toMatchObject({ ack: { error: "rate_limited" }, afterMs: 3_000 });
  });

  it.each([
    ["no key", { api_key: undefined }],
    ["a wrong key", { api_key: "nobody" }],
    ["a key for reading", { api_key: "rd" }],
    ["a number as key", { api_key: 5 }],
  ])("refuses %s", async (_what, key) => {
    const { answer, journal, source } = open();
    expect((await answer(key)).ack).toMatchObject({ status: "error", error: "invalid_api_key" });
    expect(source).toMatchObject({ wrongKeys: 1, isKnown: false });
    expect(journal.records).toEqual([]);
  });

  it("answers wrong keys of an address ever later, and good ones at once", async () => {
    const { answer, source } = open();
    const delays: number[] = [];
    for (let index = 0; index < 9; index++) delays.push((await answer({ api_key: "nobody" })).afterMs);
    expect(delays).toEqual([0, 0, 0, 250, 500, 1_000, 2_000, 3_000, 3_000]);
    expect(await answer()).toEqual({ ack: OK, afterMs: 0 });
    expect(source.wrongKeys).toBe(0);
    expect((await answer({ api_key: "nobody" })).afterMs).toBe(3_000);
    await vi.advanceTimersByTimeAsync(16 * 60_000);
    expect((await answer({ api_key: "nobody" })).afterMs).toBe(0);
  });

  it.each([
    ["garbage", Buffer.from("{"), "unreadable_frame"],
    ["a list", Buffer.from("[]"), "unreadable_frame"],
    ["too much", Buffer.alloc(MAX_FRAME_BYTES + 1, 0x20), "payload_too_large"],
    ["nothing but brackets", Buffer.alloc(2_000_000, 0x5b), "unreadable_frame"],
    ["invalid UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), "unreadable_frame"],
  ])("refuses %s", async (_what, bytes, error) => {
    const { answer, journal } = open();
    expect((await answer(bytes)).ack).toMatchObject({ status: "error", error });
    expect(journal.records).toEqual([]);
  });

  it("tells what is wrong with an event, and stays calm", async () => {
    const { answer, source } = open();
    expect((await answer({ endpoint: 5 })).ack).toMatchObject({ status: "error", error: "invalid_event" });
    expect(source.wrongKeys).toBe(0);
  });

  it("lets strangers pay by address until a good key has come", async () => {
    const { answer, taken } = open();
    await answer();
    await answer();
    expect(taken.map(({ key }) => key)).toEqual(["stranger:203.0.113.9", "intake:1", "intake:1"]);
  });

  it("reports failures of ours, and tells nothing of them", async () => {
    const { answer, failures } = open({ pseudonymSecret: () => Promise.reject(new Error("broken at /srv")) });
    const { ack } = await answer();
    expect(ack).toMatchObject({ status: "error", error: "internal" });
    expect(JSON.stringify(ack)).not.toContain("/srv");
    expect(failures).toHaveLength(1);
  });
});
