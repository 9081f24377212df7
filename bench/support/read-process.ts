import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const TICK_US = 10_000;

/** CPU time that a process with all its threads has used, in microseconds (Linux). */
export function readCpuUs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** CPU time that the whole machine has used, in microseconds (Linux). */
export function readMachineCpuUs(): number {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync("/proc/stat", "utf8")
    .slice("cpu ".length, 200)
    .trim()
    .split(/\s+/)
    .map(Number);
  return (user! + nice! + system! + irq! + softirq! + steal!) * TICK_US;
}

/** Resident memory in bytes (Linux). */
export function readRssBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}

/** Bytes of the files below a folder whose path `accept` takes. */
export function readFolderBytes(folder: string, accept: (path: string) => boolean = () => true): number {
  let bytes = 0;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const info = statSync(path, { throwIfNoEntry: false });
    if (info === undefined) continue;
    if (info.isDirectory()) bytes += readFolderBytes(path, accept);
    else if (accept(path)) bytes += info.size;
  }
  return bytes;
}
