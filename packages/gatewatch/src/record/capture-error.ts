import type { Breadcrumb, ErrorEvent, ErrorMechanism, ExceptionInfo, SourceContext } from "@gatewatch/protocol";
import { WIRE_LIMITS } from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { Exchange } from "../gate/exchange.ts";
import type { Timer } from "../ship/clock.ts";
import { createUuidV7 } from "../ship/uuid-v7.ts";
import { buildExceptions, type WantedSource } from "./build-exceptions.ts";
import { describeErrors } from "./describe-error.ts";
import type { LocateOptions } from "./locate-frame.ts";
import { createSourceReader } from "./read-source.ts";

/** An error from its first sight until its event is pushed. */
export interface Capture {
  readonly id: string;
  readonly time: number;
  /** Becomes the fatal one when the process dies of an error that was seen before. */
  mechanism: ErrorMechanism;
  readonly exceptions: ExceptionInfo[];
  readonly breadcrumbs: readonly Breadcrumb[];
  /** Let go when the event is complete. */
  held: { error: unknown; x: Exchange | undefined; timer: Timer | undefined } | undefined;
  /** Empty once they are read. */
  wanted: WantedSource[];
  sources: Promise<void> | undefined;
  event: ErrorEvent | undefined;
  address: string | undefined;
  isPushed: boolean;
}

export interface ErrorCapturer {
  capture(error: unknown, mechanism: ErrorMechanism, x: Exchange | undefined): Capture;
  /** Reads the source lines that are still missing, without waiting. */
  readSourcesSync(capture: Capture): void;
}

export interface CaptureOptions {
  redactor: Redactor;
  locate: LocateOptions;
  sourceLines: boolean;
  now(): number;
  currentExchange(): Exchange | undefined;
}

/** Takes down what may change or vanish later; source lines are read off the request's path. */
export function createErrorCapturer(options: CaptureOptions): ErrorCapturer {
  const { redactor } = options;
  const reader = createSourceReader();

  function attach({ frame }: WantedSource, context: SourceContext | undefined): void {
    if (context === undefined) return;
    const { redactSource } = redactor;
    frame.context = {
      pre: context.pre.map(redactSource),
      line: redactSource(context.line),
      post: context.post.map(redactSource),
    };
  }

  async function readSources(capture: Capture): Promise<void> {
    const reads = capture.wanted.map(async (want) => attach(want, await reader.around(want.path, want.line)));
    await Promise.allSettled(reads);
    capture.wanted = [];
  }

  return {
    capture(error, mechanism, x) {
      const time = options.now();
      const { exceptions, wanted } = buildExceptions(describeErrors(error), redactor, options.locate);
      const capture: Capture = {
        id: createUuidV7(time),
        time,
        mechanism,
        exceptions,
        breadcrumbs: breadcrumbsOf(x ?? options.currentExchange()),
        held: { error, x, timer: undefined },
        wanted: options.sourceLines ? wanted : [],
        sources: undefined,
        event: undefined,
        address: undefined,
        isPushed: false,
      };
      if (capture.wanted.length > 0) capture.sources = readSources(capture);
      return capture;
    },
    readSourcesSync(capture) {
      for (const want of capture.wanted.splice(0)) attach(want, reader.aroundSync(want.path, want.line));
    },
  };
}

function breadcrumbsOf(x: Exchange | undefined): readonly Breadcrumb[] {
  try {
    return x?.breadcrumbs.slice(-WIRE_LIMITS.maxBreadcrumbs) ?? [];
  } catch {
    return [];
  }
}
