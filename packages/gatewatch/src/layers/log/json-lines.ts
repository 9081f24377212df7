import { BufferedOutput, type LogStream } from "./buffered-output.ts";
import { LOG_LEVELS, type LineWriter, type LoggedRequest, type LoggedResponse, type LogLine } from "./log-line.ts";
import { quote, quoteValue } from "./quote.ts";

/** One JSON object a line, with pino's field names and levels. */
export function createJsonLines(
  stream: LogStream,
  pid: number,
  hostname: string,
  service: string | null = null,
): LineWriter {
  const output = new BufferedOutput(stream);
  const who = `,"pid":${pid},"hostname":${quote(hostname)}${service === null ? "" : `,"service":${quote(service)}`}`;
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
  if (line.res !== undefined) text += formatResponse(line.res);
  if (line.responseTime !== undefined) text += `,"responseTime":${Math.round(line.responseTime * 1000) / 1000}`;
  if (line.aborted === true) text += ',"aborted":true';
  if (line.user !== undefined) text += `,"user":${quoteValue(line.user)}`;
  if (line.err !== undefined) text += `,"err":${quoteValue(line.err)}`;
  if (line.errorId !== undefined) text += `,"errorId":${quote(line.errorId)}`;
  if (line.extra !== undefined) text += formatExtra(line.extra);
  return `${text},"msg":${quote(line.msg)}}`;
}

function formatRequest(req: LoggedRequest): string {
  let text = `,"req":{"method":${quote(req.method)},"url":${quote(req.url)}`;
  if (req.route !== undefined) text += `,"route":${quote(req.route)}`;
  if (req.remoteAddress !== undefined) text += `,"remoteAddress":${quote(req.remoteAddress)}`;
  if (req.userAgent !== undefined) text += `,"userAgent":${quote(req.userAgent)}`;
  if (req.headers !== undefined) text += `,"headers":${quoteValue(req.headers)}`;
  if (req.body !== undefined) text += `,"body":${quoteValue(req.body)}`;
  return req.path === undefined ? `${text}}` : `${text}${formatRest(req)}}`;
}

/** What only full lines have. */
function formatRest({ path, query, contentLength, host, scheme }: LoggedRequest): string {
  let text = `,"path":${quoteValue(path)}`;
  if (query !== undefined) text += `,"query":${quoteValue(query)}`;
  if (contentLength !== undefined) text += `,"contentLength":${contentLength}`;
  if (host !== undefined) text += `,"host":${quote(host)}`;
  if (scheme !== undefined) text += `,"scheme":${quote(scheme)}`;
  return text;
}

function formatResponse({ statusCode, bytes, contentType, contentLength }: LoggedResponse): string {
  let text = `,"res":{"statusCode":${statusCode},"bytes":${bytes}`;
  if (contentType !== undefined) text += `,"contentType":${quote(contentType)}`;
  if (contentLength !== undefined) text += `,"contentLength":${contentLength}`;
  return `${text}}`;
}

function formatExtra(extra: Readonly<Record<string, unknown>>): string {
  let text = "";
  for (const [name, value] of Object.entries(extra)) {
    if (value !== undefined) text += `,${quote(name)}:${quoteValue(value)}`;
  }
  return text;
}
