import { describeStatus } from "@gatewatch/protocol/messages/describe-failure";
import { formatTime } from "@gatewatch/protocol/messages/format-time";
import { renderTextLine } from "@gatewatch/protocol/messages/render-text-line";
import { BufferedOutput, type LogStream } from "./buffered-output.ts";
import type { LineWriter, LogLine } from "./log-line.ts";

export interface TextLineSettings {
  timeZone: string;
  /** Stands at the end of each line; null: nothing. */
  service: string | null;
}

/** `<message> | Client IP: … | Method: … | User-Agent: … | Timestamp: … | User ID: … | Username: …`; what is no request is a message alone. */
export function createTextLines(stream: LogStream, settings: TextLineSettings): LineWriter {
  const output = new BufferedOutput(stream);
  return {
    // Whatever happens next, an exception has been told.
    write: (line) => output.write(`${formatTextLine(line, settings)}\n`, line.err !== undefined),
    flushSync: output.flushSync,
  };
}

export function formatTextLine(line: LogLine, { timeZone, service }: TextLineSettings): string {
  const { req, user, extra } = line;
  const told = user ?? (extra?.["user"] as LogLine["user"]);
  return renderTextLine({
    message: messageOf(line),
    client: req?.remoteAddress,
    method: req?.method,
    userAgent: req?.userAgent ?? (extra?.["userAgent"] as string | undefined),
    time: formatTime(line.time, timeZone),
    userId: told?.id,
    username: told?.username,
    service,
  });
}

function messageOf({ req, res, msg, responseTime, aborted, err }: LogLine): string {
  if (req === undefined || res === undefined) return err === undefined ? msg : `${msg} ${err.stack}`;
  const path = req.url.split("?", 1)[0] ?? req.url;
  const sentence = describeStatus(res.statusCode, path);
  const end = `${Math.round((responseTime ?? 0) * 10) / 10} ms${aborted === true ? " aborted" : ""}`;
  return sentence ?? `${req.method} ${path} ${res.statusCode} ${end}`;
}
