import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Clock, Timer } from "./clock.ts";
import { makeFolder } from "./make-folder.ts";

/** Which places inside a shared spool folder belong to this process, and which belong to nobody any more. */
export interface SpoolOwner {
  /** Path of this owner's n-th place. */
  place(index: number): string;
  /** Says again that this process is alive. */
  renew(): void;
  /** Places whose owner is dead. */
  findOrphans(): string[];
  /** Removes marks of dead owners that have no places left. */
  dropDeadMarks(): void;
  release(): void;
}

const MARK_SUFFIX = ".owner";
const RENEW_MS = 5_000;
/** A mark this old belongs to a dead process, also on another host. */
const DEAD_AFTER_MS = 30_000;
const PROCESS_START = Math.round(Date.now() - process.uptime() * 1000);

interface Mark {
  host: string;
  pid: number;
  startedAt: number;
}

/** Places are `<token>.<n>`, and `<token>.owner` tells who holds them. Throws when the folder cannot be written. */
export function createSpoolOwner(folder: string, clock: Clock): SpoolOwner {
  const token = randomBytes(8).toString("hex");
  const markPath = (name: string): string => join(folder, `${name}${MARK_SUFFIX}`);
  let timer: Timer | undefined;

  function writeMark(): void {
    const mark: Mark = { host: hostname(), pid: process.pid, startedAt: PROCESS_START };
    writeFileSync(markPath(token), JSON.stringify(mark), { mode: 0o600 });
  }

  function renew(): void {
    try {
      const now = new Date();
      utimesSync(markPath(token), now, now);
    } catch {
      tryDo(writeMark);
    }
  }

  function schedule(): void {
    timer = clock.after(RENEW_MS, () => {
      renew();
      schedule();
    });
  }

  makeFolder(folder);
  writeMark();
  schedule();

  return {
    place: (index) => join(folder, `${token}.${index}`),
    renew,
    findOrphans() {
      const places: { owner: string; path: string }[] = [];
      for (const name of tryList(folder)) {
        const match = /^([0-9a-f]{16})\.\d+$/.exec(name);
        if (match?.[1] !== undefined && match[1] !== token) places.push({ owner: match[1], path: join(folder, name) });
      }
      return places.filter(({ owner }) => isDead(markPath(owner))).map(({ path }) => path);
    },
    dropDeadMarks() {
      const names = tryList(folder);
      for (const name of names) {
        const owner = name.endsWith(MARK_SUFFIX) ? name.slice(0, -MARK_SUFFIX.length) : token;
        if (
          owner !== token &&
          !names.some((other) => other.startsWith(`${owner}.`) && other !== name) &&
          isDead(markPath(owner))
        ) {
          tryDo(() => unlinkSync(markPath(owner)));
        }
      }
    },
    release() {
      timer?.cancel();
      tryDo(() => unlinkSync(markPath(token)));
    },
  };
}

function isDead(path: string): boolean {
  let mark: Partial<Mark>;
  try {
    if (Date.now() - statSync(path).mtimeMs > DEAD_AFTER_MS) return true;
    mark = JSON.parse(readFileSync(path, "utf8")) as Partial<Mark>;
  } catch (error) {
    // The mark is written before the place: without one, the owner has left.
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
  if (mark.host !== hostname() || typeof mark.pid !== "number") return false;
  // Containers give every start the same pid: another start time means another process.
  if (mark.pid === process.pid) return Math.abs((mark.startedAt ?? 0) - PROCESS_START) > 2_000;
  return !isRunning(mark.pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function tryList(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function tryDo(task: () => void): void {
  try {
    task();
  } catch {
    // The next renewal or the next process tries again.
  }
}
