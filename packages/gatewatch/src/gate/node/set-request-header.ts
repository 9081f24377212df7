import type { IncomingMessage } from "node:http";

interface KeptHeaders {
  headers?: Record<string, string | string[] | undefined> | null;
  headersDistinct?: Record<string, string[] | undefined> | null;
  rawHeaders?: string[];
}

/** Changes a header in each form in which an app may read it; `name` is in lower case. */
export function setRequestHeader(request: IncomingMessage, name: string, value: string | undefined): void {
  const { headers, headersDistinct, rawHeaders } = request as KeptHeaders;
  if (headers !== undefined && headers !== null) {
    if (value === undefined) delete headers[name];
    else headers[name] = value;
  }
  if (headersDistinct !== undefined && headersDistinct !== null) {
    if (value === undefined) delete headersDistinct[name];
    else headersDistinct[name] = [value];
  }
  if (rawHeaders === undefined) return;
  for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
    if (rawHeaders[at]!.toLowerCase() === name) rawHeaders.splice(at, 2);
  }
  if (value !== undefined) rawHeaders.push(name, value);
}
