import { createEventDetector, type EventDetector, PROFILE_LEVELS, type Profile, type Verdict } from "@gatewatch/detect";
import { nearest } from "../../settings/nearest.ts";
import { CommandError, type Command, type ExitCode, type Values } from "../command.ts";
import { escapeTerminal } from "../escape-terminal.ts";
import { FORMAT_NAMES, readEvents, type ReadEvent, type ReadResult } from "./read-events.ts";
import { readFile, readStdin, type TextSource } from "./read-text.ts";
import { startProgress } from "./scan-progress.ts";

interface ScanOrder {
  format: string;
  level: number;
  profile: Profile;
  minLineLength: number;
  baseline: string | null;
  follow: boolean;
  showAll: boolean;
  output: "pretty" | "ndjson";
}

export const scan: Command = {
  name: "scan",
  usage: "[FILE]",
  summary: "find the odd lines of a file, on this machine alone",
  options: [
    { name: "format", value: FORMAT_NAMES.join("|"), help: "how the lines are written (default raw)" },
    { name: "stdin", help: "read standard input instead of a file" },
    { name: "follow", help: "go on as the file grows, until Ctrl-C" },
    { name: "baseline", value: "FILE", help: "learn what is normal from this file first" },
    {
      name: "profile",
      value: Object.keys(PROFILE_LEVELS).join("|"),
      help: "false alarms among normal lines: 1 in 100, 1,000 (default) or 10,000",
    },
    { name: "level", value: "P", help: "the same as a probability, 0.0001 to 0.1" },
    { name: "min-line-length", value: "N", help: "skip shorter lines (default 1)" },
    { name: "show-all", help: "print every line with its p-value" },
    { name: "output", value: "pretty|ndjson", help: "how anomalies are printed (default pretty; --json is ndjson)" },
  ],
  async run(values, [path, ...more]) {
    const order = readOrder(values);
    if (more.length > 0)
      throw new CommandError("Give one file; several can be joined: `cat a b | gatewatch scan --stdin`.");
    if ((path === undefined) === (values.stdin !== true))
      throw new CommandError(path === undefined ? "Give a file, or --stdin." : "Give a file or --stdin, not both.");
    const interrupt = new AbortController();
    const stop = (): void => interrupt.abort();
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    const detector = createEventDetector({ level: order.level });
    if (order.baseline !== null) await learn(detector, order, order.baseline, interrupt.signal);
    const source =
      path === undefined ? readStdin(interrupt.signal) : await readFile(path, order.follow, interrupt.signal);
    return report(detector, source, order, interrupt.signal);
  },
};

function readOrder(values: Values): ScanOrder {
  const profile = oneOf(values, "profile", Object.keys(PROFILE_LEVELS) as Profile[], "balanced");
  const level = typeof values.level === "string" ? Number(values.level) : PROFILE_LEVELS[profile];
  if (!(level >= 1e-4 && level <= 0.1))
    throw new CommandError(`--level is ${JSON.stringify(values.level)}; give a number from 0.0001 to 0.1.`);
  const minLineLength = typeof values["min-line-length"] === "string" ? Number(values["min-line-length"]) : 1;
  if (!Number.isInteger(minLineLength) || minLineLength < 1)
    throw new CommandError(
      `--min-line-length is ${JSON.stringify(values["min-line-length"])}; give a whole number from 1.`,
    );
  return {
    format: oneOf(values, "format", FORMAT_NAMES, "raw"),
    level,
    profile,
    minLineLength,
    baseline: typeof values.baseline === "string" ? values.baseline : null,
    follow: values.follow === true,
    showAll: values["show-all"] === true,
    output: values.json === true ? "ndjson" : oneOf(values, "output", ["pretty", "ndjson"], "pretty"),
  };
}

function oneOf<T extends string>(values: Values, name: string, allowed: readonly T[], otherwise: T): T {
  const given = values[name];
  if (given === undefined) return otherwise;
  const found = allowed.find((value) => value === given);
  if (found !== undefined) return found;
  const near = nearest(String(given), [...allowed]);
  throw new CommandError(
    `--${name} is ${JSON.stringify(given)}; give one of ${allowed.join(", ")}.${near ? ` Did you mean ${near}?` : ""}`,
  );
}

async function learn(detector: EventDetector, order: ScanOrder, path: string, signal: AbortSignal): Promise<void> {
  const source = await readFile(path, false, signal);
  const progress = startProgress(source, "learning");
  const clock = createEventClock();
  const result: ReadResult = { unread: 0, hint: null };
  try {
    for await (const read of readEvents(source.chunks, order.format, order.minLineLength, result)) {
      detector.observe(read.event, clock(read));
      progress.step();
    }
  } catch (error) {
    if (signal.aborted) throw new CommandError("Stopped before anything was scanned.", { cause: error });
    throw error;
  } finally {
    progress.end();
  }
}

/** The event's own time, or one second after the last where it has none: never the machine's, so that two scans agree. */
function createEventClock(): (read: ReadEvent) => number {
  let last = 0;
  return ({ atMs }) => (last = atMs ?? last + 1_000);
}

async function report(
  detector: EventDetector,
  source: TextSource,
  order: ScanOrder,
  signal: AbortSignal,
): Promise<ExitCode> {
  const result: ReadResult = { unread: 0, hint: null };
  const progress = startProgress(source, "scanning");
  const clock = createEventClock();
  const startedAt = performance.now();
  const counts = { events: 0, judged: 0, anomalies: 0 };
  try {
    for await (const read of readEvents(source.chunks, order.format, order.minLineLength, result)) {
      const verdict = detector.observe(read.event, clock(read));
      counts.events++;
      if (verdict.state === "ready") counts.judged++;
      if (verdict.isAnomaly) counts.anomalies++;
      if (verdict.isAnomaly || order.showAll) {
        progress.clear();
        const text = order.output === "ndjson" ? toJson(read, verdict, detector) : toText(read, verdict);
        if (!process.stdout.write(`${text}\n`)) await new Promise((done) => process.stdout.once("drain", done));
      }
      progress.step();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    progress.end();
  }
  if (counts.events === 0 && result.unread > 0)
    throw new CommandError(`None of ${count(result.unread, "line")} is ${order.format}; give another --format.`);
  process.stderr.write(`${summarize(counts, result, order, (performance.now() - startedAt) / 1000)}\n`);
  return counts.anomalies > 0 ? 1 : 0;
}

function toJson({ event, number, atMs }: ReadEvent, verdict: Verdict, detector: EventDetector): string {
  const { isAnomaly, pValue, score, block, findings, state } = verdict;
  const normal = isAnomaly ? detector.nearestNormal(event) : null;
  const facts = { line: number, time: atMs, state, isAnomaly, pValue, score, block, findings };
  try {
    return JSON.stringify({ ...facts, event, normal });
  } catch {
    return JSON.stringify({ ...facts, event: null, normal });
  }
}

const MAX_SHOWN = 160;

function toText({ event, number }: ReadEvent, { pValue, findings, state, isAnomaly }: Verdict): string {
  const text = typeof event.message === "string" ? event.message : showEvent(event);
  const p = state === "calibrating" ? "calibrating" : `p ${formatP(pValue)}`;
  const head = `${isAnomaly ? "!" : " "} ${String(number).padStart(7)}  ${p.padEnd(11)}  ${clip(text)}`;
  const why = findings.map(
    (finding) =>
      `            ${clip(finding.field, 40)}: expected ${clip(finding.expected, 80)}, seen ${clip(finding.seen, 80)}`,
  );
  return [head, ...why].join("\n");
}

function showEvent(event: ReadEvent["event"]): string {
  try {
    return JSON.stringify(event);
  } catch {
    return "(too deep to be shown)";
  }
}

function clip(text: string, max = MAX_SHOWN): string {
  const safe = escapeTerminal(text.length > max ? text.slice(0, max) : text);
  return text.length > max ? `${safe}…` : safe;
}

function formatP(p: number): string {
  return p >= 0.001 ? p.toFixed(3) : p.toExponential(1);
}

function count(number: number, word: string): string {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}

function summarize(
  { events, judged, anomalies }: { events: number; judged: number; anomalies: number },
  { unread, hint }: ReadResult,
  { level, format }: ScanOrder,
  seconds: number,
): string {
  const lines = [
    `${count(events, "event")} in ${seconds.toFixed(1)} s; ${count(judged, "event")} judged, the others were learned first; ${
      anomalies === 1 ? "1 is an anomaly" : `${anomalies.toLocaleString("en")} are anomalies`
    }.`,
  ];
  if (judged === 0)
    lines.push("Too few to judge any. Give more lines, --baseline FILE with normal ones, or --profile sensitive.");
  else
    lines.push(
      `At level ${level}, about ${count(Math.round(judged * level), "false alarm")} can be expected among so many.`,
    );
  if (unread > 0) lines.push(`${count(unread, "line")} left out: not ${format}.`);
  if (hint !== null) lines.push(`These lines look like ${hint}: --format ${hint} tells their fields apart.`);
  return lines.join("\n");
}
