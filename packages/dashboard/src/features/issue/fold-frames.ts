import type { StackFrame } from "@gatewatch/protocol";

export type FrameRun =
  | { kind: "app"; frame: StackFrame; index: number }
  | { kind: "other"; name: string; frames: { frame: StackFrame; index: number }[] };

/** Frames in their order, with each run of frames that are not the app's own folded into one. */
export function foldFrames(frames: StackFrame[]): FrameRun[] {
  const runs: FrameRun[] = [];
  for (const [index, frame] of frames.entries()) {
    if (frame.inApp) {
      runs.push({ kind: "app", frame, index });
      continue;
    }
    const last = runs.at(-1);
    if (last?.kind === "other") last.frames.push({ frame, index });
    else runs.push({ kind: "other", name: "", frames: [{ frame, index }] });
  }
  for (const run of runs) {
    if (run.kind === "other") run.name = [...new Set(run.frames.map(({ frame }) => nameOrigin(frame.file)))].join(", ");
  }
  return runs;
}

function nameOrigin(file: string): string {
  if (/^(?:node:|internal\/|native\b|<anonymous>|$)/.test(file)) return "Node";
  const parts = file.split("node_modules/").at(-1)?.split("/") ?? [];
  if (!file.includes("node_modules/")) return "other code";
  return parts[0]?.startsWith("@") ? `${parts[0]}/${parts[1] ?? ""}` : (parts[0] ?? "other code");
}
