import { styleText } from "node:util";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** The server's own log: one line of JSON an entry, pretty on a terminal. Fields are data, never part of the line's shape. */
export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void;

const RANK: Record<LogLevel, number> = { debug: 20, info: 30, warn: 40, error: 50 };
const STYLE = { debug: "dim", info: "cyan", warn: "yellow", error: "red" } as const;

// Control characters, C1, bidirectional overrides: what could forge a line or move a cursor.
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

export function createLog(
  least: LogLevel,
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = Date.now,
): Log {
  return (level, message, fields = {}) => {
    if (RANK[level] < RANK[least]) return;
    const plain = Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? describeError(value) : value]),
    );
    if (!stream.isTTY) {
      stream.write(
        `${JSON.stringify({ level: RANK[level], time: now(), pid: process.pid, ...plain, msg: message })}\n`,
      );
      return;
    }
    const rest = Object.keys(plain).length === 0 ? "" : ` ${JSON.stringify(plain)}`;
    stream.write(`${styleText(STYLE[level], level.padEnd(5))} ${`${message}${rest}`.replace(UNSAFE, " ")}\n`);
  };
}

function describeError(error: Error): Record<string, unknown> {
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === "string" ? { code } : {}),
    stack: error.stack,
  };
}
