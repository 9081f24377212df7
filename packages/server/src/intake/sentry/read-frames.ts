import type { SourceContext, StackFrame } from "@gatewatch/protocol";
import { TRUNCATED_COUNTS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutText, makeStorable } from "../clean-text.ts";
import { type Fields, fieldsOf, objectsOf, textOf } from "./loose-values.ts";

const MAX_LINE = 2_147_483_647;
/** Read at most; the caller keeps both ends. */
const MAX_READ = 1000;
/** What no app has written itself, where the client does not say. */
const FOREIGN_FILE =
  /(?:^|\/)node_modules\/|^node:|(?:^|\/)(?:site|dist)-packages\/|(?:^|\/)lib\/python[\d.]+\/|^<frozen |^(?:native|<anonymous>)$/;
const SCRIPT_PLATFORMS: ReadonlySet<unknown> = new Set(["javascript", "node", "bun", "deno", "react-native"]);

/** The frames of a stack trace, the throw site first, as ours are, where theirs end with it. */
export function readFrames(stack: unknown, platform: unknown, debugIds: ReadonlyMap<string, string>): StackFrame[] {
  const frames = objectsOf(fieldsOf(stack)["frames"]);
  const kept = frames.length <= MAX_READ ? frames : [...frames.slice(0, MAX_READ / 2), ...frames.slice(-MAX_READ / 2)];
  return kept.toReversed().map((frame) => readFrame(frame, frame["platform"] ?? platform, debugIds));
}

/** Debug ids by the address of the script that has them. */
export function readDebugIds(event: Fields): Map<string, string> {
  const ids = new Map<string, string>();
  for (const image of objectsOf(fieldsOf(event["debug_meta"])["images"])) {
    const { code_file: file, debug_id: id } = image;
    if (image["type"] !== "sourcemap" || typeof file !== "string" || typeof id !== "string") continue;
    if (/^[0-9a-f-]{32,36}$/i.test(id)) ids.set(file, id.toLowerCase());
    if (ids.size >= MAX_READ) break;
  }
  return ids;
}

function readFrame(fields: Fields, platform: unknown, debugIds: ReadonlyMap<string, string>): StackFrame {
  const isScript = SCRIPT_PLATFORMS.has(platform);
  const { abs_path: absolute, filename } = fields;
  const given = isScript ? (absolute ?? filename) : (filename ?? absolute);
  const file = fileOf(textOf(given ?? fields["package"], TRUNCATED_LENGTHS.url) ?? "<unknown>");
  const frame: StackFrame = { file, inApp: isInApp(fields["in_app"], file) };
  const name = textOf(fields["function"] ?? fields["raw_function"], TRUNCATED_LENGTHS.function);
  if (name !== undefined && name !== "?" && name !== "<anonymous>") frame.function = name;
  const module = textOf(fields["module"], TRUNCATED_LENGTHS.module);
  if (module !== undefined) frame.module = module;
  const line = lineNumberOf(fields["lineno"]);
  if (line !== undefined) frame.line = line;
  const column = lineNumberOf(fields["colno"]);
  if (column !== undefined) frame.column = column;
  const context = readContext(fields);
  if (context !== undefined) frame.context = context;
  if (isScript) {
    const debugId = [absolute, filename].map((path) => debugIds.get(path as string)).find((id) => id !== undefined);
    if (debugId !== undefined) frame.debugId = debugId;
  }
  return frame;
}

/** Without query and fragment, which say nothing of the file and may hold what must not be kept. */
function fileOf(raw: string): string {
  const bare = raw.startsWith("file://") ? raw.slice("file://".length) : raw;
  return cutText(/^[a-z][a-z+.-]*:\/\//i.test(bare) ? bare.replace(/[?#].*$/, "") : bare, TRUNCATED_LENGTHS.file);
}

/** Bundlers' output is all called the app's: what stands in `node_modules` is not. */
function isInApp(given: unknown, file: string): boolean {
  if (given === false) return false;
  return given === true ? !/(?:^|\/)node_modules\/|^node:/.test(file) : !FOREIGN_FILE.test(file);
}

/** A line or a column. */
export function lineNumberOf(value: unknown): number | undefined {
  const number = typeof value === "string" ? Number(value) : value;
  return Number.isInteger(number) && (number as number) >= 0 && (number as number) <= MAX_LINE
    ? (number as number)
    : undefined;
}

/** The lines nearest to the failing one. */
function readContext(fields: Fields): SourceContext | undefined {
  if (typeof fields["context_line"] !== "string") return undefined;
  const { sourceLines } = TRUNCATED_COUNTS;
  return {
    pre: linesOf(fields["pre_context"]).slice(-sourceLines).map(cutLine),
    line: cutLine(fields["context_line"]),
    post: linesOf(fields["post_context"]).slice(0, sourceLines).map(cutLine),
  };
}

function linesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map((line) => (typeof line === "string" ? line : "")) : [];
}

function cutLine(line: string): string {
  return makeStorable(cutText(line, TRUNCATED_LENGTHS.sourceLine));
}
