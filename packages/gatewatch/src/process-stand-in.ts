import { writeSync } from "node:fs";
import { createGatewatch } from "./create-gatewatch.ts";
import type { Flushable } from "./flush-on-exit.ts";
import { IDLE_STATS } from "./ship/idle-stats.ts";

/** A small app that its test starts as a process of its own; the first argument says how it ends. Events are lines on file descriptor 3. */
const tell = (text: string): void => void writeSync(3, `${text}\n`);
const how = process.argv[2];

const gatewatch = createGatewatch(
  {
    process: { uncaughtException: true, unhandledRejection: true },
    sinks: [
      {
        name: "slow",
        push: (event) => tell(`pushed ${event.type} ${event.type === "error" ? event.mechanism : ""}`),
        async flush() {
          await new Promise((resolve) => setImmediate(resolve));
          tell("flushed");
          return true;
        },
        close: async () => undefined,
        stats: () => IDLE_STATS,
      },
    ],
  },
  { env: {}, dotenv: undefined },
);

process.on("exit", (code) => tell(`exit ${code}`));
const stayAlive = (): void => {
  setInterval(() => undefined, 60_000);
  tell("ready");
};

switch (how) {
  case "end":
    gatewatch.captureError(new Error("at the end"));
    break;
  case "throw":
    // Thrown by a module itself it would count as a rejection.
    setImmediate(() => {
      throw new TypeError("nobody caught this");
    });
    break;
  case "reject":
    void Promise.reject(new TypeError("nobody awaited this"));
    break;
  case "handled-rejection":
    process.on("unhandledRejection", (reason) => tell(`app saw ${String(reason)}`));
    setImmediate(() => void Promise.reject(new TypeError("the app looks")));
    break;
  case "handled-exception":
    process.on("uncaughtException", (error) => tell(`app saw ${String(error)}`));
    setImmediate(() => {
      throw new TypeError("the app looks");
    });
    break;
  case "signal":
    stayAlive();
    break;
  case "signal-two-copies": {
    // Another address of the same file is another copy of the module, as the ESM and the CommonJS build of one package are.
    const copy = "./flush-on-exit.ts?copy";
    const { flushOnExit } = (await import(copy)) as { flushOnExit(item: Flushable): () => void };
    flushOnExit({ flush: async () => tell("copy flushed"), spillSync: () => undefined });
    stayAlive();
    break;
  }
  case "signal-exit": {
    // The rule of signal-exit, version 4: it acts only when all listeners are its own.
    const emitter = { count: 1 };
    Object.defineProperty(globalThis, Symbol.for("signal-exit emitter"), { value: emitter });
    process.on("SIGTERM", function others(signal) {
      if (process.listenerCount(signal) !== emitter.count) return;
      tell("signal-exit ran");
      process.off(signal, others);
      process.kill(process.pid, signal);
    });
    stayAlive();
    break;
  }
  case "own-signal-handler":
    process.once("SIGTERM", (signal) => {
      tell(`app saw ${signal}`);
      void gatewatch.flush().then(() => process.exit(7));
    });
    stayAlive();
    break;
  default:
    throw new Error(`unknown: ${how}`);
}
