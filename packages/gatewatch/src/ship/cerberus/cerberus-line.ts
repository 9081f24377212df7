import type { Clock, Timer } from "../clock.ts";
import { createOwnAgent } from "../own-agent.ts";
import { openWebSocket, type OpenSocket } from "../open-web-socket.ts";

/** What came of a frame. */
export type FrameFate = { kind: "answered"; text: string } | { kind: "unanswered" } | { kind: "cut"; reason: string };

/** A connection on which each frame waits for exactly one message. */
export interface CerberusLine {
  /** Opens it where it is not. @throws Error */
  open(): Promise<void>;
  send(payload: Buffer): Promise<FrameFate>;
  close(): void;
}

export interface LineSettings {
  /** `ws:` or `wss:`. */
  wsUrl: string;
  ackTimeoutMs: number;
  clock: Clock;
  debug(message: string): void;
}

const OPEN_TIMEOUT_MS = 10_000;

export function createCerberusLine({ wsUrl, ackTimeoutMs, clock, debug }: LineSettings): CerberusLine {
  const url = new URL(wsUrl.replace(/^ws/i, "http"));
  const agent = createOwnAgent(url.protocol, 1);
  let socket: OpenSocket | undefined;
  let isClosed = false;
  let settle: ((fate: FrameFate) => void) | undefined;

  function end(reason: string): void {
    socket = undefined;
    settle?.({ kind: "cut", reason });
  }

  return {
    async open() {
      if (socket !== undefined) return;
      let isEnded = false;
      const opened = await openWebSocket({
        url,
        headers: {},
        agent,
        clock,
        timeoutMs: OPEN_TIMEOUT_MS,
        // What comes unasked answers nothing.
        onMessage: (text) => settle?.({ kind: "answered", text }),
        onClose: (reason) => {
          isEnded = true;
          debug(`the connection to ${url.host} has ended: ${reason}`);
          end(reason);
        },
      });
      debug(`connected to ${url.host}`);
      if (isClosed) return opened.close();
      if (isEnded) throw new Error("the connection ended as soon as it was open");
      socket = opened;
    },
    send(payload) {
      return new Promise((resolve) => {
        let timer: Timer | undefined;
        settle = (fate) => {
          settle = undefined;
          timer?.cancel();
          resolve(fate);
        };
        timer = clock.after(ackTimeoutMs, () => {
          settle?.({ kind: "unanswered" });
          // A late answer would be taken for that of the next frame, and so on for ever.
          socket?.close();
        });
        if (socket?.send(payload, false) !== true) settle({ kind: "cut", reason: "there is no connection" });
      });
    },
    close() {
      isClosed = true;
      socket?.close();
      socket = undefined;
      agent.destroy();
    },
  };
}
