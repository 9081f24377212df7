import type { TextSource } from "./read-text.ts";

export interface Progress {
  step(): void;
  /** Takes the bar away, so that a line can be printed. */
  clear(): void;
  end(): void;
}

const EVERY_MS = 100;
const WIDTH = 30;

/** A bar on the terminal's error output; nothing where that is no terminal. */
export function startProgress({ totalBytes, readBytes }: TextSource, verb: string): Progress {
  const out = process.stderr;
  if (!out.isTTY) return { step: () => undefined, clear: () => undefined, end: () => undefined };
  let events = 0;
  let shownAt = 0;
  let isShown = false;
  const clear = (): void => {
    if (isShown) out.write("\r\x1b[K");
    isShown = false;
  };
  return {
    step() {
      events++;
      // The clock is asked once in a while only.
      if ((events & 63) !== 0) return;
      const now = performance.now();
      if (now - shownAt < EVERY_MS) return;
      shownAt = now;
      isShown = true;
      out.write(`\r\x1b[K${formatProgress(verb, events, readBytes(), totalBytes)}`);
    },
    clear,
    end: clear,
  };
}

export function formatProgress(verb: string, events: number, read: number, total: number | null): string {
  const told = `${events.toLocaleString("en")} events`;
  if (total === null || total === 0) return `${verb} ${told}`;
  const share = Math.min(1, read / total);
  const full = Math.round(share * WIDTH);
  return `${verb} ${"█".repeat(full)}${"░".repeat(WIDTH - full)} ${Math.round(share * 100)} %  ${told}`;
}
