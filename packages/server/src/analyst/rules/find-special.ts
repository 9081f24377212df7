import type { AnalysisClaim, Evidence, IssueShare } from "@gatewatch/protocol";
import { SPREAD_DAYS } from "../../model/spread.ts";
import { cleanText } from "../clean-text.ts";
import { toWords } from "../evidence-pack.ts";
import type { IssueFacts } from "../issue-facts.ts";

const ALMOST_ALL = 0.9;
const MIN_EVENTS = 5;
const MAX_NOTES = 6;
/** Fewer users, or among fewer, say nothing of a share. */
const MIN_USERS = 5;
const MIN_ACTIVE_USERS = 20;

/** What sets this group apart: its route, its release, who meets it. Each note cites the evidence that it is read from. */
export function findSpecial(facts: IssueFacts, evidence: Evidence[]): AnalysisClaim[] {
  const ids = new Set(evidence.map(({ id }) => id));
  const notes: AnalysisClaim[] = [];
  const add = (text: string | undefined, id: string) => {
    if (text !== undefined && ids.has(id) && notes.length < MAX_NOTES) notes.push({ text, evidence: [id] });
  };
  const [route, ...otherRoutes] = facts.routes;
  const isCompared = facts.shares.some(({ name, values: [top] }) => name === "route" && top?.special === true);
  if (route !== undefined && otherRoutes.length === 0 && !isCompared)
    add(`Only ${cleanText(route, 120)} is affected so far.`, "R1");
  if (facts.regressed) add("It had been resolved and came back.", "L1");
  if (facts.release !== null && facts.firstRelease === facts.release && facts.releases.length <= 1)
    add(`It appeared with release ${cleanText(facts.release, 60)}.`, "L1");
  else if (facts.firstRelease !== null && facts.firstRelease !== facts.release)
    add(`It has been there since release ${cleanText(facts.firstRelease, 60)}.`, "L1");
  add(describeReach(facts), "U1");
  add(describeTopUser(facts), "U1");
  facts.shares.forEach((share, index) => add(describeShare(share), `S${index + 1}`));
  return notes;
}

function describeReach({ spread }: IssueFacts): string | undefined {
  const { users, activeUsers } = spread?.reach ?? { users: 0, activeUsers: null };
  if (activeUsers === null || users < MIN_USERS || activeUsers < MIN_ACTIVE_USERS) return undefined;
  return `${users} of ${activeUsers} active users (${formatPart(users / activeUsers)}) met it in the last ${SPREAD_DAYS} days.`;
}

function describeTopUser({ spread }: IssueFacts): string | undefined {
  const top = spread?.topUser;
  if (!top?.special || top.usual === null) return undefined;
  return `One user alone meets ${formatPart(top.share)} of its events, with ${formatPart(top.usual)} of all requests.`;
}

/** Where all requests are known only what sets the group apart is worth a word. */
function describeShare({ name, values: [top] }: IssueShare): string | undefined {
  if (top === undefined) return undefined;
  const said = `${formatPart(top.share)} of its events have ${toWords(name)} ${cleanText(top.value, 80)}`;
  if (top.usual != null)
    return top.special === true
      ? `${said}, but ${top.usual === 0 ? "none" : `only ${formatPart(top.usual)}`} of all requests.`
      : undefined;
  return top.share >= ALMOST_ALL && top.count >= MIN_EVENTS ? `${said}.` : undefined;
}

/** Rounded, but neither to nothing nor to everything. */
function formatPart(part: number): string {
  if (part > 0 && part < 0.01) return "under 1 %";
  if (part < 1 && part > 0.99) return "over 99 %";
  return `${Math.round(part * 100)} %`;
}
