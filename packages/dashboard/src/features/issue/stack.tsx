import type { ErrorEvent, ExceptionInfo } from "@gatewatch/protocol";
import { useState } from "react";
import { Button } from "../../components/button.tsx";
import { Redactable } from "../../components/redactable.tsx";
import { exceptionAnchor } from "./anchors.ts";
import { findCulprit } from "./find-culprit.ts";
import { formatRawStack } from "./format-raw-stack.ts";
import { FrameList } from "./frame-list.tsx";

/** The exception and its causes, each with its frames; the one frame to look at stands open. */
export function Stack({ event, culprit }: { event: ErrorEvent; culprit: string }) {
  const [raw, setRaw] = useState(false);
  const main = findCulprit(event, culprit);
  return (
    <div className="relative">
      <Button tone="quiet" className="absolute -top-1 right-0 h-6" aria-pressed={raw} onClick={() => setRaw(!raw)}>
        {raw ? "Frames" : "Raw"}
      </Button>
      {raw ? (
        <pre className="panel mt-7 overflow-auto p-3 font-mono text-small" tabIndex={0}>
          {formatRawStack(event)}
        </pre>
      ) : (
        <div className="flex flex-col gap-4">
          {event.exceptions.map((exception, index) => (
            <ExceptionView
              key={index}
              exception={exception}
              index={index}
              open={main?.exception === index ? main.frame : null}
            />
          ))}
        </div>
      )}
    </div>
  );
}

function ExceptionView({ exception, index, open }: { exception: ExceptionInfo; index: number; open: number | null }) {
  return (
    <section aria-label={exception.type} className={index === 0 ? "[&>div]:pr-16" : ""}>
      <div id={exceptionAnchor(index)} className="rounded-md pb-2">
        {exception.parent !== undefined && (
          <span className="text-small font-medium text-muted">
            {exception.relation === "member" ? "One of its errors" : "Caused by"}
          </span>
        )}
        <h2 className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-semibold text-bad">{exception.type}</span>
          {exception.code && <code className="font-mono text-small text-muted">{exception.code}</code>}
        </h2>
        <p className="font-mono text-small break-words whitespace-pre-wrap">
          <Redactable text={exception.message} />
        </p>
      </div>
      {exception.frames.length > 0 ? (
        <FrameList frames={exception.frames} exception={index} open={open} />
      ) : (
        <pre className="panel overflow-auto p-3 font-mono text-small text-muted" tabIndex={0}>
          {exception.rawStack ?? "This error came without a stack."}
        </pre>
      )}
    </section>
  );
}
