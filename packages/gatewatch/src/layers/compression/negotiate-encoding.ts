/** In which form an answer may be sent. */
export interface EncodingChoice {
  /** The coding to use; undefined leaves the answer as it is. */
  encoding: string | undefined;
  /** The client refuses answers as they are. */
  isIdentityRefused: boolean;
}

/** Longer lists are nobody's. */
const MAX_LENGTH = 1000;
const PLAIN: EncodingChoice = Object.freeze({ encoding: undefined, isIdentityRefused: false });

/**
 * The best coding by `Accept-Encoding` (RFC 9110, section 12.5.3): the highest quality, and among equals the first of `preferred`.
 * Without the header nothing is encoded, since whoever does not ask may not understand.
 */
export function negotiateEncoding(accept: string | undefined, preferred: readonly string[]): EncodingChoice {
  if (accept === undefined || accept.length > MAX_LENGTH) return PLAIN;
  const qualities = parseQualities(accept);
  const any = qualities.get("*");
  let encoding: string | undefined;
  let best = 0;
  for (const candidate of preferred) {
    const quality = qualities.get(candidate) ?? any ?? 0;
    if (quality > best) {
      best = quality;
      encoding = candidate;
    }
  }
  const identity = qualities.get("identity");
  if (encoding !== undefined && identity !== undefined && identity > best) encoding = undefined;
  return { encoding, isIdentityRefused: (identity ?? any) === 0 };
}

/** Codings in lower case with their weights; the first mention counts, and what has a malformed weight is left out. */
function parseQualities(accept: string): Map<string, number> {
  const qualities = new Map<string, number>();
  for (const item of accept.split(",")) {
    const [name = "", ...parameters] = item.split(";");
    const coding = name.trim().toLowerCase();
    const quality = parameters.length === 0 ? 1 : readQuality(parameters);
    const known = coding === "x-gzip" ? "gzip" : coding;
    if (known !== "" && quality !== undefined && !qualities.has(known)) qualities.set(known, quality);
  }
  return qualities;
}

function readQuality(parameters: readonly string[]): number | undefined {
  for (const parameter of parameters) {
    const match = /^\s*q\s*=\s*(0(?:\.\d*)?|1(?:\.0*)?|\.\d+)\s*$/i.exec(parameter);
    if (match !== null) return Number(match[1]);
    if (/^\s*q\s*=/i.test(parameter)) return undefined;
  }
  return 1;
}
