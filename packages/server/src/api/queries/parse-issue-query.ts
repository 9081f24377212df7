import { ISSUE_STATES, type IssueState } from "@gatewatch/protocol";
import { ApiError } from "../../model/api-error.ts";

/** What a search text asks for. */
export interface IssueSearch {
  states: IssueState[];
  text?: string;
  route?: string;
  release?: string;
  level?: string;
}

const UNRESOLVED: IssueState[] = ["new", "ongoing", "regressed"];
const LEVELS = ["fatal", "error", "warning"];
const KEYS = new Set(["is", "route", "release", "level"]);
/** A key without a value yet (somebody is typing) asks for nothing. */
const TERM = /(?:is|route|release|level):(?=\s|$)|(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/gi;

/** Parses `is:new route:/checkout release:1.4 level:fatal free text`; a value with spaces stands in double quotes. Throws `invalid_request` on an unknown word after `is:` or `level:`. */
export function parseIssueQuery(q: string): IssueSearch {
  const search: IssueSearch = { states: [] };
  const words: string[] = [];
  for (const [whole, name, quoted, bare] of q.matchAll(TERM)) {
    const key = name?.toLowerCase();
    const value = quoted ?? bare ?? "";
    if (value === "") continue;
    if (key === undefined) words.push(value);
    else if (!KEYS.has(key)) words.push(whole);
    else if (key === "is") search.states.push(...parseState(value));
    else if (key === "level") search.level = parseLevel(value);
    else search[key as "route" | "release"] = value;
  }
  if (words.length > 0) search.text = words.join(" ");
  search.states = [...new Set(search.states)];
  return search;
}

function parseState(value: string): IssueState[] {
  if (value === "unresolved") return UNRESOLVED;
  if (value === "muted") return ["ignored"];
  const state = ISSUE_STATES.find((candidate) => candidate === value);
  if (state) return [state];
  throw new ApiError(
    "invalid_request",
    `\`is:${value.slice(0, 40)}\` is no state; expected one of unresolved, ${ISSUE_STATES.join(", ")}.`,
    { details: { field: "q" } },
  );
}

function parseLevel(value: string): string {
  if (LEVELS.includes(value)) return value;
  throw new ApiError(
    "invalid_request",
    `\`level:${value.slice(0, 40)}\` is no level; expected one of ${LEVELS.join(", ")}.`,
    { details: { field: "q" } },
  );
}
