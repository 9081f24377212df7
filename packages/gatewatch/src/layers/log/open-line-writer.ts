import type { AccessLogOptions } from "../../options/groups/access-log.ts";
import { createJsonLines } from "./json-lines.ts";
import type { LineWriter } from "./log-line.ts";
import { createLoggerLines } from "./logger-lines.ts";
import { createPrettyLines } from "./pretty-lines.ts";
import { createTextLines } from "./text-lines.ts";
import type { UserLogger } from "./user-logger.ts";

export interface LineWriterSettings extends Pick<AccessLogOptions, "format" | "pretty"> {
  logger: UserLogger | undefined;
  hostName: string;
  service: string | null;
  timeZone: string;
}

/** The user's logger when there is one, else standard output: lines for people on a terminal, JSON elsewhere. */
export function openLineWriter({
  logger,
  format,
  pretty,
  hostName,
  service,
  timeZone,
}: LineWriterSettings): LineWriter {
  if (logger !== undefined) return createLoggerLines(logger, service);
  const isTerminal = process.stdout.isTTY === true;
  const isForPeople = pretty === "always" || (pretty === "auto" && isTerminal);
  switch (format === "auto" ? (isForPeople ? "pretty" : "json") : format) {
    case "pretty":
      return createPrettyLines(process.stdout, isTerminal && !process.env["NO_COLOR"], service);
    case "text":
      return createTextLines(process.stdout, { timeZone, service });
    default:
      return createJsonLines(process.stdout, process.pid, hostName, service);
  }
}
