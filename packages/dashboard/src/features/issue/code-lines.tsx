import type { SourceContext } from "@gatewatch/protocol";
import { Redactable } from "../../components/redactable.tsx";
import { highlightLine } from "../../lib/highlight.ts";

/** The five lines around the throw, coloured; the line itself is marked. */
export function CodeLines({ context, line, file }: { context: SourceContext; line: number | undefined; file: string }) {
  const lines = [...context.pre, context.line, ...context.post];
  const marked = context.pre.length;
  return (
    <div
      className="relative overflow-x-auto border-t border-line bg-sunk py-1.5"
      tabIndex={0}
      role="region"
      aria-label={`Source of ${file}`}
    >
      <pre className="w-max min-w-full font-mono text-small leading-5">
        {lines.map((text, index) => (
          <div key={index} className={`flex pr-4 ${index === marked ? "bg-bad/9" : ""}`}>
            <span
              className={`sticky left-0 mr-3 w-12 shrink-0 border-l-3 pr-2 text-right select-none ${index === marked ? "border-bad font-semibold text-bad" : "border-transparent text-faint"}`}
            >
              {line === undefined ? "" : line - marked + index}
            </span>
            <code>
              {highlightLine(text, file).map((token, at) => (
                <span key={at} className={token.kind === "plain" ? undefined : `tok-${token.kind}`}>
                  <Redactable text={token.text} />
                </span>
              ))}
              {index === marked && <span className="sr-only"> (thrown here)</span>}
            </code>
          </div>
        ))}
      </pre>
    </div>
  );
}
