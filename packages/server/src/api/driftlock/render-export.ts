import { escapeHtml } from "../pages/escape-html.ts";

export const EXPORT_FORMATS = ["json", "markdown", "html"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

type Anomaly = Record<string, unknown>;

/** A format: what stands before, between and behind the anomalies. */
interface Format {
  contentType: string;
  extension: string;
  head: string;
  tail: string;
  separator: string;
  render(anomaly: Anomaly): string;
}

const MAX_CHARACTERS = 8 * 1024 * 1024;
const FIGURES = ["p_value", "significance_level", "ncd", "compression_ratio", "entropy_change"];
const STYLE =
  "body{font:15px system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}pre{background:#f4f4f5;padding:1rem;overflow:auto}";

const FORMATS: Readonly<Record<ExportFormat, Format>> = {
  json: {
    contentType: "application/json",
    extension: "json",
    head: '{"anomalies":[',
    tail: "]}\n",
    separator: ",\n",
    render: (anomaly) => JSON.stringify(anomaly),
  },
  markdown: {
    contentType: "text/markdown; charset=utf-8",
    extension: "md",
    head: "# Anomalies\n\n",
    tail: "",
    separator: "\n",
    render: renderMarkdown,
  },
  html: {
    contentType: "text/html; charset=utf-8",
    extension: "html",
    head: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>Anomalies</title><style>${STYLE}</style></head><body><h1>Anomalies</h1>`,
    tail: "</body></html>\n",
    separator: "\n",
    render: renderHtml,
  },
};

/** Writes anomalies into one document, up to 8 Mi characters. What they hold came from strangers, and is escaped. */
export class ExportWriter {
  readonly #format: Format;
  readonly #parts: string[] = [];
  #characters = 0;
  #isFull = false;

  constructor(format: ExportFormat) {
    this.#format = FORMATS[format];
  }

  get count(): number {
    return this.#parts.length;
  }

  /** Whether there is no more room. */
  get isFull(): boolean {
    return this.#isFull;
  }

  add(anomaly: Anomaly): void {
    if (this.#isFull) return;
    const part = this.#format.render(anomaly);
    if (this.#characters + part.length > MAX_CHARACTERS) {
      this.#isFull = true;
      return;
    }
    this.#parts.push(part);
    this.#characters += part.length;
  }

  finish(): { content: string; contentType: string; extension: string } {
    const { head, tail, separator, contentType, extension } = this.#format;
    return { content: head + this.#parts.join(separator) + tail, contentType, extension };
  }
}

/** What is told of an anomaly beside its event, in order. */
function listFacts(anomaly: Anomaly): [string, string][] {
  const metrics = anomaly["metrics"] as Record<string, unknown>;
  const facts: [string, unknown][] = [
    ["id", anomaly["id"]],
    ["stream", anomaly["stream"]],
    ["detected", anomaly["detected_at"]],
    ["status", anomaly["status"]],
    ["events", anomaly["event_count"]],
    ...FIGURES.map((name): [string, unknown] => [name.replaceAll("_", " "), metrics[name]]),
  ];
  return facts.map(([name, value]) => [name, value === null ? "not measured" : String(value)]);
}

function listFindings(anomaly: Anomaly): string[] {
  return (anomaly["findings"] as { message: string }[]).map(({ message }) => message);
}

function renderMarkdown(anomaly: Anomaly): string {
  const facts = listFacts(anomaly).map(([name, value]) => `- ${name}: ${escapeMarkdown(value)}`);
  const findings = listFindings(anomaly).map((message) => `1. ${escapeMarkdown(message)}`);
  return [
    `## ${escapeMarkdown(String(anomaly["explanation"]))}`,
    "",
    ...facts,
    "",
    ...findings,
    "",
    ...block("Event", anomaly["window_snapshot"]),
    ...block("Nearest normal event", anomaly["baseline_snapshot"]),
  ].join("\n");
}

function block(title: string, value: unknown): string[] {
  const text = JSON.stringify(value, null, 2);
  // A fence that nothing inside can end.
  let longest = 2;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  const fence = "`".repeat(longest + 1);
  return [`### ${title}`, "", `${fence}json`, text, fence, ""];
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ").replaceAll(/[\\`*_{}[\]()#+!|<>&~-]/g, (character) => `\\${character}`);
}

function renderHtml(anomaly: Anomaly): string {
  const facts = listFacts(anomaly).map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`);
  const findings = listFindings(anomaly).map((message) => `<li>${escapeHtml(message)}</li>`);
  const show = (title: string, value: unknown): string =>
    `<h3>${title}</h3><pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`;
  return [
    `<section><h2>${escapeHtml(String(anomaly["explanation"]))}</h2><dl>${facts.join("")}</dl>`,
    `<ol>${findings.join("")}</ol>${show("Event", anomaly["window_snapshot"])}`,
    `${show("Nearest normal event", anomaly["baseline_snapshot"])}</section>`,
  ].join("");
}
