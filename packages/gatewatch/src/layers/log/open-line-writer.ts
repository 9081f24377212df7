import { createJsonLines } from "./json-lines.ts";
import type { LineWriter } from "./log-line.ts";
import { createLoggerLines } from "./logger-lines.ts";
import { createPrettyLines } from "./pretty-lines.ts";
import type { UserLogger } from "./user-logger.ts";

/** The user's logger when there is one, else standard output: lines for people on a terminal, JSON elsewhere. */
export function openLineWriter(
  logger: UserLogger | undefined,
  pretty: "auto" | "always" | "never",
  hostName: string,
): LineWriter {
  if (logger !== undefined) return createLoggerLines(logger);
  const isTerminal = process.stdout.isTTY === true;
  if (pretty === "always" || (pretty === "auto" && isTerminal)) {
    return createPrettyLines(process.stdout, isTerminal && !process.env["NO_COLOR"]);
  }
  return createJsonLines(process.stdout, process.pid, hostName);
}
