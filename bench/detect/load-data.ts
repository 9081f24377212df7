import { basename } from "node:path";
import { OPEN_DATA, openDataSet } from "./data-set.ts";
import { parseCsv } from "./parse-csv.ts";

/** One file of the Numenta Anomaly Benchmark. */
export interface NabFile {
  /** `realTweets/Twitter_volume_KO.csv` */
  name: string;
  category: string;
  atMs: Float64Array;
  values: Float64Array;
  /** First and last index of each labelled window. */
  windows: readonly (readonly [number, number])[];
}

/** One series of TSB-AD-U: values without times, a label for each. */
export interface LabelledSeries {
  name: string;
  /** `NAB`, `SMD`, `YAHOO` … */
  family: string;
  values: Float64Array;
  labels: Uint8Array;
}

export interface HttpParameter {
  payload: string;
  isAttack: boolean;
  /** `norm`, `sqli`, `xss`, `cmdi`, `path-traversal` */
  type: string;
}

/** Every file of the benchmark that `dir` holds; empty when it holds none. Files of the labels that are not there are passed over. */
export function loadNab(dir = OPEN_DATA): NabFile[] {
  const set = openDataSet(dir, "nab");
  if (set === undefined) return [];
  const present = new Set(set.paths);
  const labels = JSON.parse(set.read("labels/combined_windows.json")) as Record<string, [string, string][]>;
  return Object.keys(labels)
    .filter((name) => present.has(`data/${name}`))
    .sort()
    .map((name) => parseNabFile(name, set.read(`data/${name}`), labels[name]!));
}

function parseNabFile(name: string, text: string, labels: readonly [string, string][]): NabFile {
  const lines = text.trim().split(/\r?\n/).slice(1);
  const atMs = new Float64Array(lines.length);
  const values = new Float64Array(lines.length);
  const firstAt = new Map<number, number>();
  for (const [index, line] of lines.entries()) {
    const comma = line.lastIndexOf(",");
    atMs[index] = parseUtc(line.slice(0, comma));
    values[index] = Number(line.slice(comma + 1));
    if (!firstAt.has(atMs[index]!)) firstAt.set(atMs[index]!, index);
  }
  const windows = labels.map((edges) => {
    const [first, last] = edges.map((edge) => firstAt.get(parseUtc(edge)));
    if (first === undefined || last === undefined) throw new Error(`${name} has no point at ${edges.join(" or ")}.`);
    return [first, last] as const;
  });
  return { name, category: name.split("/")[0]!, atMs, values, windows };
}

const parseUtc = (time: string): number => Date.parse(`${time.slice(0, 19).replace(" ", "T")}Z`);

export function loadTsbAd(dir = OPEN_DATA): LabelledSeries[] {
  const set = openDataSet(dir, "tsb-ad-u");
  if (set === undefined) return [];
  return set.paths
    .filter((path) => path.endsWith(".csv"))
    .map((path) => {
      const lines = set.read(path).trim().split(/\r?\n/).slice(1);
      const values = new Float64Array(lines.length);
      const labels = new Uint8Array(lines.length);
      for (const [index, line] of lines.entries()) {
        const comma = line.lastIndexOf(",");
        values[index] = Number(line.slice(0, comma));
        labels[index] = Number(line.slice(comma + 1)) > 0 ? 1 : 0;
      }
      const name = basename(path, ".csv");
      return { name, family: name.split("_")[1] ?? name, values, labels };
    });
}

/** Of every `*.csv` with the columns payload, attack_type and label. */
export function loadHttpParams(dir = OPEN_DATA): HttpParameter[] {
  const set = openDataSet(dir, "http-params");
  if (set === undefined) return [];
  return set.paths
    .filter((path) => path.endsWith(".csv"))
    .flatMap((path) => {
      const [head, ...rows] = parseCsv(set.read(path));
      const [payload, type, label] = ["payload", "attack_type", "label"].map((name) => head!.indexOf(name));
      return rows.map((row) => ({ payload: row[payload!]!, type: row[type!]!, isAttack: row[label!] !== "norm" }));
    });
}

/** The lines of each log by its file name: `apache_logs`, `nginxplus_json_logs`. */
export function loadAccessLogs(dir = OPEN_DATA): Map<string, string[]> {
  const set = openDataSet(dir, "access-logs");
  const logs = (set?.paths ?? []).filter((path) => !/(LICENSE|\.md)$/.test(path));
  return new Map(logs.map((path) => [path, set!.read(path).trim().split(/\r?\n/)]));
}
