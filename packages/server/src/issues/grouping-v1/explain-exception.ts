import type { ExceptionInfo } from "@gatewatch/protocol";
import { collapseRecursion } from "./collapse-recursion.ts";
import { normaliseFrame, type NormalFrame } from "./normalise-frame.ts";
import { parameteriseMessage } from "./parameterise-message.ts";
import { readThrowSite, type ThrowSite } from "./read-throw-site.ts";

export const MAX_READ_FRAMES = 100;
const MAX_HASHED_FRAMES = 16;

/** The values of one exception that may enter a hash. */
export interface ExceptionValues {
  type: string;
  code: string | null;
  template: string;
  /** Frames of the app alone, recursion collapsed, the throw site first. */
  appFrames: NormalFrame[];
  /** All frames. */
  allFrames: NormalFrame[];
  site: ThrowSite | undefined;
  /** Whether the message tells apart what the stack does not. */
  templateCounts: boolean;
  /** The source line of the throw site, where it tells errors apart. */
  source: string | null;
}

export function explainException(exception: ExceptionInfo): ExceptionValues {
  const frames = exception.frames
    .slice(0, MAX_READ_FRAMES)
    .map(normaliseFrame)
    .filter((frame) => frame !== undefined);
  const overflow = isOverflow(exception);
  const order = overflow ? distinctSorted : collapseRecursion;
  const site = overflow ? undefined : readThrowSite(exception, frames);
  const code = exception.code ?? null;
  return {
    type: exception.type,
    code,
    template: parameteriseMessage(exception.message),
    appFrames: order(frames.filter((frame) => frame.inApp)).slice(0, MAX_HASHED_FRAMES),
    allFrames: order(frames).slice(0, MAX_HASHED_FRAMES),
    site,
    templateCounts: !overflow && doesTemplateCount(site, code),
    source: site?.kind === "own" || site?.kind === "runtime" ? site.frame.source : null,
  };
}

export function isOverflow(exception: ExceptionInfo): boolean {
  return exception.type === "RangeError" && exception.message.startsWith("Maximum call stack");
}

/** A code (`ECONNREFUSED`, `23505`) is a steadier name of what a library met than its words. */
function doesTemplateCount(site: ThrowSite | undefined, code: string | null): boolean {
  if (site === undefined || site.kind === "library") return code === null;
  return site.kind === "factory" || site.kind === "unknown";
}

/** A full stack is cut at any point of the recursion: only which functions take part is steady. */
function distinctSorted(frames: NormalFrame[]): NormalFrame[] {
  const byKey = new Map(frames.map((frame) => [`${frame.file} ${frame.function}`, frame]));
  return [...byKey.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, frame]) => frame);
}
