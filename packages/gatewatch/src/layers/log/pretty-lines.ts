import { BufferedOutput, type LogStream } from "./buffered-output.ts";
import type { LineLevel, LineWriter, LogLine } from "./log-line.ts";
import { showControls } from "./quote.ts";

const COLORS: Readonly<Record<LineLevel, number>> = { debug: 90, info: 32, warn: 33, error: 31, fatal: 35 };

/** Lines for people. Nothing that a stranger sent reaches the terminal as a control character. */
export function createPrettyLines(stream: LogStream, colors: boolean, service: string | null = null): LineWriter {
  const output = new BufferedOutput(stream);
  return {
    // Whatever happens next, an exception has been told.
    write: (line) => output.write(`${formatPrettyLine(line, colors, service)}\n`, line.err !== undefined),
    flushSync: output.flushSync,
  };
}

export function formatPrettyLine(line: LogLine, colors: boolean, service: string | null = null): string {
  const paint = (code: number, text: string): string => (colors ? `\u001b[${code}m${text}\u001b[0m` : text);
  const parts = [paint(90, formatTime(line.time)), paint(COLORS[line.level], line.level.toUpperCase().padEnd(5))];
  if (service !== null) parts.push(paint(90, showControls(service)));
  if (line.res !== undefined && line.req !== undefined) {
    const { method, url } = line.req;
    parts.push(
      `${showControls(method)} ${showControls(url)}`,
      paint(statusColor(line.res.statusCode), String(line.res.statusCode)),
    );
    parts.push(`${(line.responseTime ?? 0).toFixed(1)} ms`);
    if (line.aborted === true) parts.push("aborted");
  } else {
    parts.push(showControls(line.msg));
    if (line.req !== undefined) parts.push(paint(90, `(${showControls(`${line.req.method} ${line.req.url}`)})`));
  }
  if (line.reqId !== undefined) parts.push(paint(90, showControls(line.reqId.slice(0, 8))));
  if (line.err !== undefined) parts.push(`\n${showControls(line.err.stack, true)}`);
  return parts.join(" ");
}

function statusColor(status: number): number {
  if (status >= 500) return 31;
  return status >= 400 ? 33 : 32;
}

function formatTime(time: number): string {
  const date = new Date(time);
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
