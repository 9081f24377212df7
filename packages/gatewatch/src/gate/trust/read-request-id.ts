/** Letters, digits and `-_.:=+/@`, 8 to 128 of them: long enough to be unique, safe in a header, a log line and an address. */
const WELL_FORMED = /^[\w\-.:=+/@]{8,128}$/;

/** The inbound request id when it is well-formed, else undefined. */
export function tryReadRequestId(header: string | undefined): string | undefined {
  return header !== undefined && WELL_FORMED.test(header) ? header : undefined;
}
