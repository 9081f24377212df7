import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClockStandIn } from "./clock-stand-in.ts";
import { createSpoolOwner, type SpoolOwner } from "./spool-owner.ts";

const OTHER = "0123456789abcdef";
const PROCESS_START = Math.round(Date.now() - process.uptime() * 1000);
let folder: string;
let owner: SpoolOwner;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-owner-"));
  owner = createSpoolOwner(folder, createClockStandIn());
});

afterEach(() => {
  owner.release();
  rmSync(folder, { recursive: true, force: true });
});

function leave(mark: object | undefined, ageMs = 0): void {
  mkdirSync(join(folder, `${OTHER}.0`));
  if (mark === undefined) return;
  const path = join(folder, `${OTHER}.owner`);
  writeFileSync(path, JSON.stringify(mark));
  const time = new Date(Date.now() - ageMs);
  utimesSync(path, time, time);
}

describe("createSpoolOwner()", () => {
  test.each([
    ["has left", undefined, 0, true],
    ["runs as another process", { host: hostname(), pid: process.ppid, startedAt: 1 }, 0, false],
    ["is a pid that nobody has", { host: hostname(), pid: 2 ** 22 + 1, startedAt: 1 }, 0, true],
    ["had this very pid before a restart", { host: hostname(), pid: process.pid, startedAt: 1 }, 0, true],
    ["is this very process", { host: hostname(), pid: process.pid, startedAt: PROCESS_START }, 0, false],
    ["lives on another host", { host: "elsewhere", pid: 1, startedAt: 1 }, 0, false],
    ["has been silent on another host", { host: "elsewhere", pid: 1, startedAt: 1 }, 60_000, true],
  ])("judges a place whose owner %s", (_name, mark, ageMs, isOrphan) => {
    leave(mark, ageMs);
    expect(owner.findOrphans()).toEqual(isOrphan ? [join(folder, `${OTHER}.0`)] : []);
  });

  test("clears the marks of dead owners without places, and its own when it leaves", () => {
    leave({ host: hostname(), pid: 2 ** 22 + 1, startedAt: 1 });
    owner.dropDeadMarks();
    expect(readdirSync(folder)).toContain(`${OTHER}.owner`);
    rmSync(join(folder, `${OTHER}.0`), { recursive: true });
    owner.dropDeadMarks();
    owner.release();
    expect(readdirSync(folder)).toEqual([]);
  });
});
