/** A worker that looks for work until it is stopped. */
export interface PollingWorker {
  /** There may be work: looks now instead of at the next time. */
  poke(): void;
  /** Lets the turn under way end, then resolves. */
  stop(): Promise<void>;
}

export interface PollingOptions {
  /** One look; resolves to the milliseconds until the next, 0 for at once. */
  turn(stop: AbortSignal): Promise<number>;
  /** Hears when a turn throws; the worker goes on after `afterCrashMs`. */
  onCrash?: (error: unknown) => void;
  /** @default 5000 */
  afterCrashMs?: number;
}

export function startPolling({ turn, onCrash, afterCrashMs = 5000 }: PollingOptions): PollingWorker {
  const stopping = new AbortController();
  let wake = (): void => {};
  let poked = false;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      poked = false;
      const sleepMs = await guardedTurn();
      if (!poked && !stopping.signal.aborted && sleepMs > 0) await sleep(sleepMs);
    }
  }

  async function guardedTurn(): Promise<number> {
    try {
      return await turn(stopping.signal);
    } catch (error) {
      onCrash?.(error);
      return afterCrashMs;
    }
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const running = run();
  return {
    poke() {
      poked = true;
      wake();
    },
    async stop() {
      stopping.abort(new DOMException("The server stops", "AbortError"));
      wake();
      await running;
    },
  };
}
