import type { LiveMessage } from "@gatewatch/protocol";
import { computeBackoffMs } from "./backoff.ts";
import { parseAnswer } from "./parse-answer.ts";

export type LinkState = "connecting" | "open" | "reconnecting";

/** The part of EventSource that is used. */
export interface Source {
  onopen: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
  onerror: (() => void) | null;
  close(): void;
}

export interface LinkParts {
  openSource: () => Source;
  onMessage: (message: LiveMessage) => void;
  onState: (state: LinkState) => void;
  setTimer: (run: () => void, ms: number) => () => void;
  random: () => number;
}

/** The server ticks each second; silence of this length means that the line is dead. */
const SILENCE_MS = 20_000;

/** Keeps one stream to the server open, again and again with growing pauses; returns the way to end it. */
export function openLiveLink(parts: LinkParts): () => void {
  let attempt = 0;
  let ended = false;
  let source: Source | undefined;
  let dropTimer: () => void = () => {};

  const wait = (run: () => void, ms: number) => {
    dropTimer();
    dropTimer = parts.setTimer(run, ms);
  };
  const retry = () => {
    source?.close();
    source = undefined;
    if (ended) return;
    parts.onState("reconnecting");
    wait(connect, computeBackoffMs(attempt++, parts.random()));
  };
  const connect = () => {
    const opened = parts.openSource();
    source = opened;
    wait(retry, SILENCE_MS);
    opened.onopen = () => {
      attempt = 0;
      parts.onState("open");
      wait(retry, SILENCE_MS);
    };
    opened.onerror = retry;
    opened.onmessage = (event) => {
      wait(retry, SILENCE_MS);
      const message = tryReadMessage(event.data);
      if (message) parts.onMessage(message);
    };
  };

  parts.onState("connecting");
  connect();
  return () => {
    ended = true;
    dropTimer();
    source?.close();
  };
}

function tryReadMessage(data: string): LiveMessage | undefined {
  try {
    const value = parseAnswer(data);
    return typeof value === "object" && value !== null && "type" in value ? (value as LiveMessage) : undefined;
  } catch {
    return undefined;
  }
}
