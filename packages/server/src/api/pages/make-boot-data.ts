import type { BootData, SessionAnswer } from "@gatewatch/protocol";
import type { Principal } from "../../model/principal.ts";
import { answerLocally } from "../answer-locally.ts";
import type { ApiDeps } from "../api-deps.ts";

const RANGES = new Set(["15m", "1h", "6h", "24h", "7d", "14d"]);
const DEFAULT_RANGE = "1h";
const ISSUES_PAGE = 50;
const TAB_STATES: Readonly<Record<string, string>> = {
  unresolved: "new,ongoing,regressed",
  new: "new",
  regressed: "regressed",
  resolved: "resolved",
  ignored: "ignored",
  all: "",
};

/** What the first screen at `path` will ask for, already answered, so that it draws without waiting; nothing for strangers. */
export async function makeBootData(deps: ApiDeps, principal: Principal | null, path: string): Promise<BootData> {
  const boot: BootData = { session: null, projectId: null, answers: {}, now: deps.clock() };
  if (principal?.kind !== "user") return boot;
  const session = (await answerLocally(deps, principal, "/api/session")) as SessionAnswer | undefined;
  if (!session) return boot;
  const url = new URL(path, "http://local");
  const asked = Number(url.searchParams.get("project"));
  const project = session.projects.find((row) => row.id === asked) ?? session.projects[0];
  boot.session = session;
  boot.projectId = project?.id ?? null;
  const question = project ? firstQuestion(url, project.id) : null;
  if (question !== null) {
    const answer = await answerLocally(deps, principal, question);
    if (answer !== undefined) boot.answers[question] = answer;
  }
  return boot;
}

/** The address that the screen asks first, letter by letter as the dashboard writes it: the answer is found by this string. */
function firstQuestion(url: URL, project: number): string | null {
  const { pathname, searchParams } = url;
  if (pathname === "/") {
    const range = searchParams.get("range") ?? "";
    return `/api/overview?project=${project}&range=${RANGES.has(range) ? range : DEFAULT_RANGE}`;
  }
  if (pathname === "/issues") {
    const tab = searchParams.get("tab") ?? "";
    const states = Object.hasOwn(TAB_STATES, tab) ? TAB_STATES[tab]! : TAB_STATES.unresolved!;
    const q = searchParams.get("q");
    return [
      `/api/issues?project=${project}`,
      `limit=${ISSUES_PAGE}`,
      ...(states ? [`states=${states}`] : []),
      ...(q ? [`q=${encodeURIComponent(q)}`] : []),
    ].join("&");
  }
  const id = /^\/issues\/([1-9]\d{0,14})$/.exec(pathname)?.[1];
  return id === undefined ? null : `/api/issues/${id}?project=${project}`;
}
