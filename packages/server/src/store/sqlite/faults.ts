/** Points inside a commit at which a kill test may end the process: after a day's chunks are durable, and before the main file is. */
export type FaultPoint = "after-chunks" | "before-main";

/** Reads `after-chunks:N` or `before-main:N`: the process is killed at the Nth passing. Used by kill tests only. */
export function createFaultHook(setting: string | undefined): (point: FaultPoint) => void {
  const match = /^(after-chunks|before-main):([1-9]\d*)$/.exec(setting ?? "");
  if (!match) return () => {};
  let left = Number(match[2]);
  return (point) => {
    if (point === match[1] && --left === 0) process.kill(process.pid, "SIGKILL");
  };
}
