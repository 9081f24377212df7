import type { LiveMessage, LiveRequest } from "@gatewatch/protocol";
import { livePath } from "./api-paths.ts";
import { openLiveLink, type LinkState } from "./live-link.ts";
import { RECENT_ROWS } from "./live-rows.ts";

type Word = { kind: "message"; message: LiveMessage } | { kind: "state"; state: LinkState } | { kind: "hello" };

export interface LiveListener {
  onMessage: (message: LiveMessage) => void;
  onState: (state: LinkState) => void;
}

/**
 * One stream per browser: the tab that holds the lock reads it and tells the others. A browser allows six
 * connections to a server over HTTP/1.1, and a stream in each of seven tabs would stop all of them.
 * Returns the way to leave.
 */
export function joinLive(project: number, listener: LiveListener): () => void {
  const link = (onMessage: LiveListener["onMessage"], onState: LiveListener["onState"]) =>
    openLiveLink({
      openSource: () => new EventSource(livePath(project)) as never,
      onMessage,
      onState,
      setTimer: (run, ms) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      random: Math.random,
    });
  if (!("locks" in navigator) || typeof BroadcastChannel === "undefined") {
    return link(listener.onMessage, listener.onState);
  }

  const name = `gatewatch-live-${project}`;
  const channel = new BroadcastChannel(name);
  const left = new AbortController();
  let state: LinkState = "connecting";
  let leading = false;
  let recent: LiveRequest[] = [];
  const say = (word: Word) => {
    // Closing a tab may end the channel before the stream's last words.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin
    if (!left.signal.aborted) channel.postMessage(word);
  };
  channel.onmessage = (event: MessageEvent<Word>) => {
    const word = event.data;
    if (word.kind === "hello") {
      if (!leading) return;
      say({ kind: "state", state });
      if (recent.length > 0) say({ kind: "message", message: { type: "requests", rows: recent, skipped: 0 } });
    } else if (word.kind === "state") listener.onState(word.state);
    else listener.onMessage(word.message);
  };
  listener.onState("connecting");
  say({ kind: "hello" });

  void navigator.locks
    .request(name, { signal: left.signal }, () => {
      leading = true;
      const end = link(
        (message) => {
          if (message.type === "requests") recent = [...recent, ...message.rows].slice(-RECENT_ROWS);
          listener.onMessage(message);
          say({ kind: "message", message });
        },
        (next) => {
          state = next;
          listener.onState(next);
          say({ kind: "state", state: next });
        },
      );
      return new Promise<void>((resolve) => {
        left.signal.addEventListener("abort", () => {
          end();
          resolve();
        });
      });
    })
    .catch(() => {
      // Left before it was this tab's turn.
    });
  return () => {
    left.abort();
    channel.close();
  };
}
