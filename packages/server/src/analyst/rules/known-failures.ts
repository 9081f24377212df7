import { DATA_FAILURES } from "./failures/data-failures.ts";
import { NETWORK_FAILURES } from "./failures/network-failures.ts";
import { PROCESS_FAILURES } from "./failures/process-failures.ts";
import { PYTHON_FAILURES } from "./failures/python-failures.ts";
import { RUNTIME_FAILURES } from "./failures/runtime-failures.ts";
import { WEB_FAILURES } from "./failures/web-failures.ts";
import type { FailureSignals, FailureWords, KnownFailure } from "./known-failure.ts";

/** The catalogue; the first entry that matches speaks. What is told by a code comes before what is told by words. */
export const KNOWN_FAILURES: readonly KnownFailure[] = [
  ...PROCESS_FAILURES,
  ...DATA_FAILURES,
  ...RUNTIME_FAILURES,
  ...PYTHON_FAILURES,
  ...NETWORK_FAILURES,
  ...WEB_FAILURES,
];

export function findKnownFailure(signals: FailureSignals): { failure: KnownFailure; words: FailureWords } | undefined {
  for (const failure of KNOWN_FAILURES) {
    const words = failure.match(signals);
    if (words !== undefined) return { failure, words };
  }
  return undefined;
}
