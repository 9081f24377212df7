/** Something that must be put away before the process ends. */
export interface Flushable {
  /** Bounded in time by itself. */
  flush(): Promise<unknown>;
  /** Without waiting, when there is no time left. */
  spillSync(): void;
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

const waiting = new Set<Flushable>();
const triedAtEnd = new WeakSet<Flushable>();
let isEnding = false;

/**
 * Flushes on SIGTERM, SIGINT and when the event loop is empty; what is left at `exit` is spilled. A signal ends the process as it would
 * have only when nobody but us listens for it: with a listener of its own, the app decides. Returns how to stop.
 */
export function flushOnExit(item: Flushable): () => void {
  if (waiting.size === 0) install();
  waiting.add(item);
  return () => {
    waiting.delete(item);
    if (waiting.size === 0) uninstall();
  };
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

function onSignal(signal: NodeJS.Signals): void {
  const isOurs = process.listenerCount(signal) === 1;
  if (isEnding) {
    // The second Ctrl-C of somebody who does not want to wait.
    if (isOurs) endBy(signal);
    return;
  }
  isEnding = true;
  void flushAll().then(() => {
    isEnding = false;
    if (isOurs) endBy(signal);
  });
}

function endBy(signal: NodeJS.Signals): void {
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}

async function flushAll(): Promise<void> {
  await Promise.allSettled([...waiting].map((item) => item.flush()));
}

function onLoopEmpty(): void {
  for (const item of waiting) {
    // A flush revives the loop, and its end calls this again: once is enough.
    if (triedAtEnd.has(item)) continue;
    triedAtEnd.add(item);
    void item.flush().catch(() => false);
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
