import type { ErrorEvent, ExceptionInfo } from "@gatewatch/protocol";

const MAX_STACK_LENGTH = 16_384;

/** The stack of a redacted error event as text, causes and members below. */
export function formatStack(event: ErrorEvent): string {
  const text = event.exceptions
    .map((exception, index) => (index === 0 ? "" : `${introduce(exception)} `) + formatException(exception))
    .join("\n");
  return text.length > MAX_STACK_LENGTH ? `${text.slice(0, MAX_STACK_LENGTH)}…` : text;
}

function introduce(exception: ExceptionInfo): string {
  return exception.relation === "member" ? "With" : "Caused by";
}

function formatException(exception: ExceptionInfo): string {
  const lines = [`${exception.type}: ${exception.message}`];
  if (exception.frames.length === 0 && exception.rawStack !== undefined) lines.push(exception.rawStack);
  for (const frame of exception.frames) {
    const place = [frame.file, frame.line, frame.column].filter((part) => part !== undefined).join(":");
    lines.push(frame.function === undefined ? `    at ${place}` : `    at ${frame.function} (${place})`);
  }
  return lines.join("\n");
}
