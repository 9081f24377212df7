export type MetricKind = "counter" | "histogram" | "gauge";

/** Names of OpenTelemetry (metrics API, instrument name syntax), and of Prometheus, which may also begin with `_` or `:`. */
const NAME = /^[A-Za-z_:][\w:./-]{0,254}$/;
const LABEL = /^[A-Za-z_][\w.-]{0,127}$/;

/** What units are called in names (OpenTelemetry, compatibility with Prometheus). */
const UNIT_WORDS: Readonly<Record<string, string>> = {
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
  min: "minutes",
  h: "hours",
  d: "days",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  kBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  m: "meters",
  V: "volts",
  A: "amperes",
  J: "joules",
  W: "watts",
  g: "grams",
  Cel: "celsius",
  Hz: "hertz",
  "%": "percent",
};

/** A metric's name in both text formats. */
export interface ExposedName {
  /** Without `_total`. */
  family: string;
  /** The word at its end, undefined when there is none. */
  unit: string | undefined;
}

/** @throws TypeError saying what is wrong. */
export function parseMetricName(name: unknown, kind: MetricKind, unit: string | undefined): ExposedName {
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new TypeError(
      `${show(name)} is no name of a metric: letters, digits and . _ - / with a letter first, at most 255 characters`,
    );
  }
  let family = name.replaceAll(/[./-]/g, "_");
  if (kind === "counter") family = family.replace(/_total$/, "");
  const word = unit === undefined ? undefined : wordOf(unit, kind);
  if (word !== undefined && family !== word && !family.endsWith(`_${word}`)) family += `_${word}`;
  return { family, unit: word };
}

/** @throws TypeError saying what is wrong. */
export function parseLabelNames(names: readonly string[], kind: MetricKind): string[] {
  if (!Array.isArray(names)) throw new TypeError("labels must be a list of names");
  const exposed = names.map((name: unknown) => {
    if (typeof name !== "string" || !LABEL.test(name)) {
      throw new TypeError(`${show(name)} is no name of a label: letters, digits and . _ - with a letter first`);
    }
    const text = name.replaceAll(/[.-]/g, "_");
    if (text.startsWith("__")) throw new TypeError(`${show(name)} begins with __, which is Prometheus's own`);
    if (text === "le" && kind === "histogram") throw new TypeError('the label "le" is the histogram\'s own');
    return text;
  });
  if (new Set(exposed).size !== exposed.length) throw new TypeError("two labels have the same name");
  if (exposed.length > 16) throw new TypeError("a metric takes at most 16 labels");
  return exposed;
}

/** Words in braces are notes for people, and `1` says that there is no unit. */
function wordOf(unit: string, kind: MetricKind): string | undefined {
  if (unit === "1") return kind === "gauge" ? "ratio" : undefined;
  const bare = unit.replaceAll(/\{[^}]*\}/g, "");
  if (bare === "" || bare === "1") return undefined;
  const known = UNIT_WORDS[bare];
  if (known !== undefined) return known;
  const word = bare.replaceAll(/\W+/g, "_").replaceAll(/^_+|_+$/g, "");
  return word === "" ? undefined : word;
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? typeof value).slice(0, 80);
}
