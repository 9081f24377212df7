import { BufferedOutput, type LogStream } from "./buffered-output.ts";
import { LOG_LEVELS, type LineWriter, type LogLine } from "./log-line.ts";
import { quote, quoteValue } from "./quote.ts";

/** One JSON object a line, with pino's field names and levels. */
export function createJsonLines(stream: LogStream, pid: number, hostname: string): LineWriter {
  const output = new BufferedOutput(stream);
  const who = `,"pid":${pid},"hostname":${quote(hostname)}`;
  return {
    // Whatever happens next, an exception has been told.
    write: (line) => output.write(`${formatJsonLine(line, who)}\n`, line.err !== undefined),
    flushSync: output.flushSync,
  };
}

/** @param who constant members in the middle, with their leading comma. */
export function formatJsonLine(line: LogLine, who: string): string {
  let text = `{"level":${LOG_LEVELS[line.level]},"time":${line.time}${who}`;
  if (line.reqId !== undefined) text += `,"reqId":${quote(line.reqId)}`;
  if (line.req !== undefined) text += formatRequest(line.req);
  if (line.res !== undefined) text += `,"res":{"statusCode":${line.res.statusCode},"bytes":${line.res.bytes}}`;
  if (line.responseTime !== undefined) text += `,"responseTime":${Math.round(line.responseTime * 1000) / 1000}`;
  if (line.aborted === true) text += ',"aborted":true';
  if (line.err !== undefined) text += `,"err":${quoteValue(line.err)}`;
  if (line.errorId !== undefined) text += `,"errorId":${quote(line.errorId)}`;
  if (line.extra !== undefined) text += formatExtra(line.extra);
  return `${text},"msg":${quote(line.msg)}}`;
}

function formatRequest(req: NonNullable<LogLine["req"]>): string {
  let text = `,"req":{"method":${quote(req.method)},"url":${quote(req.url)}`;
  if (req.route !== undefined) text += `,"route":${quote(req.route)}`;
  if (req.remoteAddress !== undefined) text += `,"remoteAddress":${quote(req.remoteAddress)}`;
  return `${text}}`;
}

function formatExtra(extra: Readonly<Record<string, unknown>>): string {
  let text = "";
  for (const [name, value] of Object.entries(extra)) {
    if (value !== undefined) text += `,${quote(name)}:${quoteValue(value)}`;
  }
  return text;
}
