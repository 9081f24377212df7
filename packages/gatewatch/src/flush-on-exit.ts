/** Something that must be put away before the process ends. */
export interface Flushable {
  /** Bounded in time by itself. */
  flush(): Promise<unknown>;
  /** Without waiting, when there is no time left. */
  spillSync(): void;
}

/** The one party that listens, however many copies of this module the process has loaded (ESM and CommonJS, several versions). */
interface ExitRegistry {
  add(item: Flushable): () => void;
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** Its meaning is fixed: another version of this module may be the one that made it. */
const REGISTRY = Symbol.for("gatewatch.exit");
/** Where signal-exit 4 and 3 keep how many copies of theirs listen. */
const SIGNAL_EXIT = Symbol.for("signal-exit emitter");
const SIGNAL_EXIT_3 = "__signal_exit_emitter__";

/**
 * Flushes on SIGTERM, SIGINT and when the event loop is empty; what is left at `exit` is spilled. A signal ends the process as it would
 * have only when nobody but us listens for it, or only signal-exit, which waits for everybody else to leave: with a listener of its own,
 * the app decides. Returns how to stop.
 */
export function flushOnExit(item: Flushable): () => void {
  const holder = globalThis as { [REGISTRY]?: ExitRegistry };
  return (holder[REGISTRY] ??= createRegistry()).add(item);
}

function createRegistry(): ExitRegistry {
  const waiting = new Set<Flushable>();
  const triedAtEnd = new WeakSet<Flushable>();
  let isEnding = false;

  function onSignal(signal: NodeJS.Signals): void {
    const isOurs = process.listenerCount(signal) - 1 === countSignalExit();
    if (isEnding) {
      // The second Ctrl-C of somebody who does not want to wait.
      if (isOurs) endBy(signal);
      return;
    }
    isEnding = true;
    void Promise.allSettled([...waiting].map(flushItem)).then(() => {
      isEnding = false;
      if (isOurs) endBy(signal);
    });
  }

  function endBy(signal: NodeJS.Signals): void {
    process.off(signal, onSignal);
    process.kill(process.pid, signal);
  }

  function onLoopEmpty(): void {
    for (const item of waiting) {
      // A flush revives the loop, and its end calls this again: once is enough.
      if (triedAtEnd.has(item)) continue;
      triedAtEnd.add(item);
      void flushItem(item).catch(() => false);
    }
  }

  function onExit(): void {
    for (const item of waiting) {
      try {
        item.spillSync();
      } catch {
        // The exit goes on.
      }
    }
  }

  function install(): void {
    // First in line: a `once` listener of the app is gone from the count after its call.
    for (const signal of SIGNALS) process.prependListener(signal, onSignal);
    process.on("beforeExit", onLoopEmpty);
    process.on("exit", onExit);
  }

  function uninstall(): void {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off("beforeExit", onLoopEmpty);
    process.off("exit", onExit);
  }

  return {
    add(item) {
      if (waiting.size === 0) install();
      waiting.add(item);
      return () => {
        if (waiting.delete(item) && waiting.size === 0) uninstall();
      };
    },
  };
}

async function flushItem(item: Flushable): Promise<unknown> {
  return await item.flush();
}

/** signal-exit ends the process only when all listeners are its own; so do we, and two with that rule would wait for each other. */
function countSignalExit(): number {
  return countOf(Reflect.get(globalThis, SIGNAL_EXIT)) + countOf(Reflect.get(process, SIGNAL_EXIT_3));
}

function countOf(emitter: unknown): number {
  if (typeof emitter !== "object" || emitter === null || !("count" in emitter)) return 0;
  return typeof emitter.count === "number" ? emitter.count : 0;
}
