import type { ErrorEvent } from "@gatewatch/protocol";

/** The stacks as a terminal would print them. */
export function formatRawStack(event: ErrorEvent): string {
  return event.exceptions
    .map((exception, index) => {
      const head = `${index === 0 ? "" : exception.relation === "member" ? "Member: " : "Caused by: "}${exception.type}: ${exception.message}`;
      if (exception.frames.length === 0 && exception.rawStack) return exception.rawStack;
      const frames = exception.frames.map((frame) => {
        const place = [frame.file, frame.line, frame.column].filter((part) => part !== undefined).join(":");
        return `    at ${frame.function ? `${frame.function} (${place})` : place}`;
      });
      return [head, ...frames].join("\n");
    })
    .join("\n");
}
