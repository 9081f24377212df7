import { hash } from "node:crypto";
import type { ErrorEvent, ExceptionInfo, Json } from "@gatewatch/protocol";
import type { Grouping, GroupingHash } from "../../model/issue.ts";
import { culpritOf, routeOf, titleOf } from "./describe-error.ts";
import { explainException, type ExceptionValues } from "./explain-exception.ts";
import { nameExceptions } from "./name-exceptions.ts";
import type { NormalFrame } from "./normalise-frame.ts";
import { selectExceptions } from "./select-exceptions.ts";

const MAX_FINGERPRINT_PARTS = 10;
const MAX_PART_CHARACTERS = 200;
const DEFAULT_PART = /^\s*\{\{\s*default\s*\}\}\s*$/;

/**
 * Grouping, first edition. Frozen: stored hashes depend on every line of this folder.
 * A change of rules is a new folder beside this one whose hashes are attached to the old issues.
 */
export function groupByV1(event: ErrorEvent): Grouping {
  const { contributing, natural, alike } = readExceptions(event.exceptions, routeOf(event));
  const [primary, ...secondary] = applyFingerprint(event.fingerprint, natural);
  // The words are for people: they are made for the few events that someone will read.
  return {
    algorithm: "v1",
    primary,
    secondary,
    ...alike,
    get title() {
      return titleOf(event);
    },
    get culprit() {
      return culpritOf(event);
    },
    get explanation() {
      return explain(primary, contributing, event.fingerprint);
    },
  };
}

interface ReadExceptions {
  contributing: ExceptionValues[];
  natural: Hashes;
  alike: { alike?: GroupingHash };
}

const MAX_REMEMBERED = 512;
const remembered = new Map<string, ReadExceptions>();

/** The errors of an app are the same few again and again: what they come to is remembered. */
function readExceptions(exceptions: ExceptionInfo[], route: string | null): ReadExceptions {
  const name = nameExceptions(exceptions);
  if (name === undefined) return hashExceptions(exceptions, route);
  const key = route === null ? name : `${name} ${route}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const read = hashExceptions(exceptions, route);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(key, read);
  return read;
}

function hashExceptions(exceptions: ExceptionInfo[], route: string | null): ReadExceptions {
  const values = exceptions.map(explainException);
  const keyOf = (index: number) => {
    const value = values[index];
    return value === undefined ? "" : digest("exception", partsOf(value, "app"));
  };
  const used = selectExceptions(exceptions, keyOf).map((index) => values[index]);
  const contributing = used.filter((value) => value !== undefined);
  return { contributing, natural: hashNaturally(contributing, route), alike: hashAlike(contributing) };
}

type Hashes = [primary: GroupingHash, ...secondary: GroupingHash[]];

function hashNaturally(values: ExceptionValues[], route: string | null): Hashes {
  const all = (kind: "app" | "system"): GroupingHash => ({
    kind,
    hash: digest(
      kind,
      values.map((value) => partsOf(value, kind)),
    ),
  });
  if (!values.some((value) => value.allFrames.length > 0)) {
    const templates = values.map((value) => [value.type, value.code, value.template]);
    return [{ kind: "type+template", hash: digest("type+template", templates) }];
  }
  if (!values.some((value) => value.appFrames.length > 0)) {
    // Frames of the platform alone are the same for every caller: without the route, all failed calls of an app were one issue.
    if (route === null) return [all("system")];
    return [{ kind: "system", hash: digest("system+route", [route, values.map((value) => partsOf(value, "system"))]) }];
  }
  const site = hashThrowSite(values);
  return site === undefined ? [all("app"), all("system")] : [all("app"), site, all("system")];
}

function partsOf(value: ExceptionValues, kind: "app" | "system"): Json {
  const frames = kind === "app" && value.appFrames.length > 0 ? value.appFrames : value.allFrames;
  const template = value.templateCounts || frames.length === 0 ? value.template : null;
  return [value.type, value.code, template, value.source, frames.map(nameFrame)];
}

/** Leads the many callers of one bug to one issue. */
function hashThrowSite(values: ExceptionValues[]): GroupingHash | undefined {
  if (!values.some((value) => value.site !== undefined)) return undefined;
  const parts = values.map(({ type, code, template, site }) => {
    if (site === undefined) return [type, code, code === null ? template : null];
    // A place that throws for others, or an anonymous one, says too little without its caller.
    const shared = site.kind === "factory" || site.kind === "library" || site.frame.function === "";
    const caller = shared && site.caller !== undefined ? nameFrame(site.caller) : null;
    return [type, code, template, nameFrame(site.frame), caller];
  });
  return { kind: "throw-site", hash: digest("throw-site", parts) };
}

/** Type and words of the last cause alone: too weak to join issues, good enough to show them together. */
function hashAlike(values: ExceptionValues[]): { alike?: GroupingHash } {
  const cause = values.at(-1);
  if (cause === undefined || cause.allFrames.length === 0) return {};
  return { alike: { kind: "alike", hash: digest("alike", [cause.type, cause.template]) } };
}

function nameFrame(frame: NormalFrame): Json {
  // Without a name, the line of source is what tells two anonymous functions of a file apart.
  return frame.function === "" && frame.inApp ? [frame.file, "", frame.source] : [frame.file, frame.function];
}

function applyFingerprint(fingerprint: string[] | undefined, natural: Hashes): Hashes {
  const parts = (fingerprint ?? []).slice(0, MAX_FINGERPRINT_PARTS).map((part) => part.slice(0, MAX_PART_CHARACTERS));
  if (parts.length === 0 || (parts.length === 1 && DEFAULT_PART.test(parts[0] ?? ""))) return natural;
  const chosen = (standard: GroupingHash | undefined): GroupingHash => ({
    kind: "fingerprint",
    hash: digest(
      "fingerprint",
      parts.map((part) => (standard !== undefined && DEFAULT_PART.test(part) ? { default: standard.hash } : part)),
    ),
  });
  if (!parts.some((part) => DEFAULT_PART.test(part))) return [chosen(undefined)];
  const [primary, ...secondary] = natural;
  return [chosen(primary), ...secondary.map(chosen)];
}

function digest(kind: string, parts: Json): string {
  return hash("sha256", JSON.stringify(["v1", kind, parts]), "hex").slice(0, 32);
}

function explain(primary: GroupingHash, values: ExceptionValues[], fingerprint: string[] | undefined): Json {
  return {
    rule: primary.kind,
    ...(fingerprint === undefined ? {} : { fingerprint: fingerprint.slice(0, MAX_FINGERPRINT_PARTS) }),
    exceptions: values.slice(0, 10).map((value) => ({
      type: value.type,
      code: value.code,
      template: value.template.slice(0, MAX_PART_CHARACTERS),
      templateUsed: value.templateCounts || value.allFrames.length === 0,
      sourceUsed: value.source,
      throwSite: value.site?.kind ?? null,
      frames: (value.appFrames.length > 0 ? value.appFrames : value.allFrames).map((frame) =>
        frame.function === "" ? frame.file : `${frame.file} ${frame.function}`,
      ),
    })),
  };
}
