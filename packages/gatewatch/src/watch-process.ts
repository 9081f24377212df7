import { isMainThread } from "node:worker_threads";
import type { ErrorMechanism } from "@gatewatch/protocol";
import { currentExchange } from "./gate/context.ts";
import type { LocalLog } from "./layers/log/local-log.ts";
import type { ConfigValues } from "./options/options.ts";
import type { OwnedRecorder } from "./record/create-recorder.ts";
import { flushOnExit } from "./flush-on-exit.ts";

/** What the end of the process needs. */
export interface ProcessPorts {
  recorder: OwnedRecorder;
  log: LocalLog;
  /** Puts what is in memory on disk. */
  spillSync(): void;
}

/**
 * Watches the process as far as the options say: exceptions and rejections on their way out, signals and the end of the loop.
 * The app's own handlers run as they would; nothing keeps the process alive. Returns how to stop.
 */
export function watchProcess({ process: wanted, delivery }: ConfigValues, ports: ProcessPorts): () => void {
  const { recorder, log, spillSync } = ports;
  const stops: (() => void)[] = [];
  const spill = (): void => {
    recorder.completeSync();
    spillSync();
  };
  const capture = (error: unknown, mechanism: ErrorMechanism): void => {
    try {
      recorder.recordError(error, mechanism, currentExchange());
      if (!log.hasLogged(error)) log.writeError(currentExchange(), error, mechanism, recorder);
      log.flushSync();
    } catch {
      // The process may be dying of the very same trouble.
    }
  };
  if (wanted.uncaughtException || wanted.unhandledRejection) {
    stops.push(
      watchUncaught((error, origin) => {
        if (!(origin === "unhandledRejection" ? wanted.unhandledRejection : wanted.uncaughtException)) return;
        capture(error, origin);
        if (process.listenerCount("uncaughtException") === 0) spill();
      }),
    );
  }
  if (wanted.unhandledRejection) stops.push(watchHandledRejections((reason) => capture(reason, "unhandledRejection")));
  if (wanted.flushOnExit && isMainThread) {
    stops.push(flushOnExit({ flush: () => recorder.flush(delivery.shutdownMs), spillSync: spill }));
  }
  return () => {
    for (const stop of stops.splice(0)) stop();
  };
}

/** The monitor sees an exception that is about to end the process (or to reach the app's own handler), and changes nothing about it. */
export function watchUncaught(
  see: (error: unknown, origin: "uncaughtException" | "unhandledRejection") => void,
): () => void {
  process.on("uncaughtExceptionMonitor", see);
  return () => process.off("uncaughtExceptionMonitor", see);
}

/** A listener of our own would keep Node from ending the process; so it is there only while the app has one. */
export function watchHandledRejections(see: (reason: unknown) => void): () => void {
  const listener = (reason: unknown): void => see(reason);
  const follow = (): void => {
    const listeners = process.listeners("unhandledRejection");
    const isListening = listeners.includes(listener);
    const others = listeners.length - (isListening ? 1 : 0);
    if (others > 0 && !isListening) process.on("unhandledRejection", listener);
    else if (others === 0 && isListening) process.off("unhandledRejection", listener);
  };
  const onChange = (event: string | symbol): void => {
    // `newListener` comes before the listener is there.
    if (event === "unhandledRejection") queueMicrotask(follow);
  };
  process.on("newListener", onChange);
  process.on("removeListener", onChange);
  follow();
  return () => {
    process.off("newListener", onChange);
    process.off("removeListener", onChange);
    process.off("unhandledRejection", listener);
  };
}
