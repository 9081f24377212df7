import type { Layer } from "../gate/layer.ts";

export interface ErrorBoundaryOptions {
  /** Response header that names the error's event. */
  header: string;
}

export interface ErrorCounts {
  /** Exceptions seen on their way to the app's own handler. */
  errors: number;
  /** Exchanges with at least one of them. */
  failedExchanges: number;
}

/**
 * Sees failures without answering them: the app's own handler decides. The answer of a failed request names the error's event as long as
 * its head is not sent.
 */
export function createErrorBoundaryLayer({ header }: ErrorBoundaryOptions): Layer & { counts(): ErrorCounts } {
  const counts: ErrorCounts = { errors: 0, failedExchanges: 0 };
  return {
    name: "error-boundary",
    counts: () => ({ ...counts }),
    onError() {
      counts.errors++;
    },
    onHead(x, head) {
      if (x.errorId !== null) head.set(header, x.errorId);
    },
    onFinish(_x, outcome) {
      if (outcome.error !== undefined || outcome.errorId !== null) counts.failedExchanges++;
    },
  };
}
