import type { ErrorEvent } from "@gatewatch/protocol";

/** The one frame to look at: where the issue says it happens, else the first of the app's own with source. */
export function findCulprit(event: ErrorEvent, culprit: string): { exception: number; frame: number } | null {
  let first: { exception: number; frame: number } | null = null;
  for (const [exception, { frames }] of event.exceptions.entries()) {
    for (const [frame, { file, line, inApp, context }] of frames.entries()) {
      if (!inApp || !context) continue;
      const place = `${file}:${line}`;
      if (culprit === place || culprit.startsWith(`${place} `)) return { exception, frame };
      first ??= { exception, frame };
    }
  }
  return first;
}
