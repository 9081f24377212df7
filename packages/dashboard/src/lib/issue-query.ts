import { ISSUE_STATES } from "@gatewatch/protocol";

/** `is:new route:/checkout release:1.4 level:error words "two words"` */
export interface IssueQuery {
  terms: { key: QueryKey; value: string }[];
  text: string;
}

const QUERY_KEYS = ["is", "level", "route", "release"] as const;
type QueryKey = (typeof QUERY_KEYS)[number];

interface QueryToken {
  /** Where it lies in the text. */
  start: number;
  end: number;
  key: QueryKey | null;
  /** Without quotes. */
  value: string;
}

const TOKEN = /([a-z]+):(?=\s|$)|(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/gi;

/** Cuts a query into its words; an unknown key is part of its word. */
function parseTokens(query: string): QueryToken[] {
  return [...query.matchAll(TOKEN)].map((match) => {
    const name = (match[1] ?? match[2])?.toLowerCase();
    const key = QUERY_KEYS.find((known) => known === name) ?? null;
    const raw = match[3] ?? match[4] ?? "";
    return {
      start: match.index,
      end: match.index + match[0].length,
      key,
      value: key ? raw : name ? match[0] : raw,
    };
  });
}

/** Terms and free words of a query. */
export function parseIssueQuery(query: string): IssueQuery {
  const tokens = parseTokens(query);
  return {
    terms: tokens.flatMap((token) => (token.key && token.value ? [{ key: token.key, value: token.value }] : [])),
    text: tokens
      .filter((token) => !token.key)
      .map((token) => token.value)
      .join(" "),
  };
}

export interface QueryChoices {
  routes: string[];
  releases: string[];
}

export interface Completion {
  /** The whole query, once taken. */
  query: string;
  label: string;
  hint: string;
}

const HINTS: Record<QueryKey, string> = {
  is: "state of the issue",
  level: "fatal, error or warning",
  route: "template of the route",
  release: "release of the app",
};

/** What may follow at the end of the query: keys first, then the values of a key. At most 8. */
export function completeQuery(query: string, choices: QueryChoices): Completion[] {
  const last = parseTokens(query).at(-1);
  const open = last && last.end === query.length ? last : null;
  const head = open ? query.slice(0, open.start) : query;
  if (open?.key) {
    const key = open.key;
    return listValues(key, choices)
      .filter((value) => value.toLowerCase().includes(open.value.toLowerCase()) && value !== open.value)
      .slice(0, 8)
      .map((value) => ({
        query: `${head}${key}:${/\s/.test(value) ? `"${value}"` : value} `,
        label: `${key}:${value}`,
        hint: "",
      }));
  }
  const typed = open?.value.toLowerCase() ?? "";
  return QUERY_KEYS.filter((key) => key.startsWith(typed)).map((key) => ({
    query: `${head}${key}:`,
    label: `${key}:`,
    hint: HINTS[key],
  }));
}

function listValues(key: QueryKey, choices: QueryChoices): string[] {
  switch (key) {
    case "is":
      return ["unresolved", ...ISSUE_STATES];
    case "level":
      return ["fatal", "error", "warning"];
    case "route":
      return choices.routes;
    case "release":
      return choices.releases;
  }
}
