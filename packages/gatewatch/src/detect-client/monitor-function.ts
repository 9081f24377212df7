import type { DetectEvent } from "./detection.ts";

export interface MonitorOptions {
  streamId: string;
  /** @default the function's own name */
  name?: string;
  /** @default "function" */
  type?: string;
}

/** The same function; each call becomes an event with its time and its fate. Arguments and results are not looked at. */
export function monitorFunction<This, Args extends unknown[], Result>(
  run: (this: This, ...args: Args) => Result,
  { name = run.name || "anonymous", type = "function" }: Omit<MonitorOptions, "streamId">,
  push: (event: DetectEvent) => void,
): (this: This, ...args: Args) => Result {
  return function (this: This, ...args: Args): Result {
    const startedAt = Date.now();
    const start = performance.now();
    const tell = (error: string | null): void => {
      const body = { name, duration_ms: performance.now() - start, ok: error === null, error };
      push({ timestamp: new Date(startedAt).toISOString(), type, body });
    };
    let result: Result;
    try {
      result = run.apply(this, args);
    } catch (error) {
      tell(nameError(error));
      throw error;
    }
    // Beside the app's own chain: the promise that the caller gets is the function's own.
    if (result instanceof Promise) {
      result.then(
        () => tell(null),
        (error: unknown) => tell(nameError(error)),
      );
    } else tell(null);
    return result;
  };
}

export function nameError(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
