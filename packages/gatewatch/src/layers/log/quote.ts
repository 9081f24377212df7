const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\uffff]*$/;
// JSON leaves these as they are; terminals obey the C1 controls, and some readers break lines at U+2028 and U+2029.
const LEFT_BY_JSON = /[\x7f-\x9f\u2028\u2029]/g;

/** Up to here looking at each character is quicker than the pattern. */
const SHORT = 128;

/** The text as a JSON string in which no control character is left. */
export function quote(text: string): string {
  if (isShortAscii(text) || PLAIN.test(text)) return `"${text}"`;
  return escapeLeftovers(JSON.stringify(text));
}

function isShortAscii(text: string): boolean {
  const { length } = text;
  if (length > SHORT) return false;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return false;
  }
  return true;
}

/** Any value as JSON in which no control character is left. */
export function quoteValue(value: unknown): string {
  return escapeLeftovers(JSON.stringify(value) ?? "null");
}

/** The text for a terminal: control characters are shown, not obeyed; line breaks stay when asked for. */
export function showControls(text: string, keepLines = false): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (char) =>
    keepLines && char === "\n" ? char : escapeChar(char),
  );
}

function escapeLeftovers(json: string): string {
  return json.replaceAll(LEFT_BY_JSON, escapeChar);
}

function escapeChar(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
