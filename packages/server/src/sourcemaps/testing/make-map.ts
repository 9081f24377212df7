/** Test support: source maps of one line of script. */

/** Column of the script, index of the source, line and column in it, index of a name; all from 0. */
export type Segment = [column: number, source?: number, line?: number, sourceColumn?: number, name?: number];

export interface MapShape {
  sources: string[];
  segments: Segment[];
  names?: string[];
  sourcesContent?: (string | null)[];
  sourceRoot?: string;
}

export function makeMap({ sources, segments, names = [], sourcesContent, sourceRoot }: MapShape): string {
  return JSON.stringify({
    version: 3,
    sources,
    names,
    mappings: encode(segments),
    ...(sourceRoot === undefined ? {} : { sourceRoot }),
    ...(sourcesContent === undefined ? {} : { sourcesContent }),
  });
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Every number but the column counts from the segment before that has one. */
function encode(segments: readonly Segment[]): string {
  const last = [0, 0, 0, 0, 0];
  return segments
    .map((segment) =>
      segment
        .map((value, index) => {
          const delta = value! - last[index]!;
          last[index] = value!;
          return vlq(delta);
        })
        .join(""),
    )
    .join(",");
}

function vlq(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}
