import { beforeEach, expect, test } from "vitest";
import { JournalError } from "./model/journal.ts";
import { whyNotReady } from "./why-not-ready.ts";

let halted: string | null;
let backlog: number;
let refusal: { at: number; error: JournalError } | null;
let free: number | null;
let now: number;

beforeEach(() => {
  [halted, backlog, refusal, free, now] = [null, 0, null, 1e12, 1_000_000];
});

const ask = () =>
  whyNotReady({
    halted: () => halted,
    journal: { backlogBytes: () => backlog, lastRefusal: () => refusal },
    maxBacklogBytes: 1_000,
    freeBytes: async () => free,
    clock: () => now,
  });

test("a server that takes events is ready, at its bound too", async () => {
  backlog = 1_000;
  expect(await ask()).toBeNull();
});

test("a digest that stands still is told", async () => {
  halted = "The journal is damaged.";
  expect(await ask()).toBe("The journal is damaged.");
});

test("a backlog over its bound is told with both numbers", async () => {
  backlog = 1_001;
  expect(await ask()).toMatch(/1001 bytes.*1000/);
});

test("a refused write is told for ten seconds, and as long as the disk is nearly full", async () => {
  refusal = { at: now, error: new JournalError("journal_disk_full", "The disk of the journal is full.") };
  expect(await ask()).toBe("The disk of the journal is full.");
  now += 10_000;
  expect(await ask()).toBeNull();
  free = 1024;
  expect(await ask()).toBe("The disk of the journal is full.");
  free = null;
  expect(await ask()).toBeNull();
});
