import { expect, test } from "vitest";
import type { ErrorEvent } from "@gatewatch/protocol";
import { countShares, SHARE_NAMES } from "../model/count-shares.ts";
import type { IssueRecord } from "../model/issue.ts";
import { buildEvidencePack } from "./evidence-pack.ts";
import { readFacts } from "./issue-facts.ts";

const EVENT = {
  type: "error",
  id: "e",
  time: 0,
  level: "error",
  handled: true,
  mechanism: "capture",
  exceptions: [],
  request: { method: "GET", url: "/a", route: "/a", status: 500, userAgent: "curl/8.5" },
  user: { id: "ada@example.org", authenticated: true },
} as unknown as ErrorEvent;
const RECORD = {
  id: 1,
  title: "t",
  events: 1,
  users: null,
  firstRelease: null,
  lastRelease: null,
  releases: [],
  routes: [],
  state: "new",
};

test("every share that an explanation cites is drawn on the page under the same name; people are not cited", () => {
  const shares = countShares([{ event: EVENT, release: "1.0", environment: "production", host: "web-1" }]);
  expect(shares.map(({ name }) => name)).toEqual(SHARE_NAMES);
  const pack = buildEvidencePack(EVENT, readFacts(RECORD as unknown as IssueRecord, undefined, null, shares));
  const cited = pack.evidence.filter(({ kind }) => kind === "share");
  expect(cited.map(({ data }) => (data as { name: string }).name)).toEqual(SHARE_NAMES.filter((n) => n !== "user"));
  expect(cited.at(-1)?.label).toBe("signed in: yes 100 %");
  expect(JSON.stringify(pack)).not.toContain("ada@example.org");
});
