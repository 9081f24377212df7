import type { AnalysisClaim, Evidence } from "@gatewatch/protocol";
import { cleanText } from "../clean-text.ts";
import { toWords } from "../evidence-pack.ts";
import type { IssueFacts } from "../issue-facts.ts";

const ALMOST_ALL = 0.9;
const MAX_NOTES = 4;

/** What sets this group apart: its route, its release, who meets it. Each note cites the evidence that it is read from. */
export function findSpecial(facts: IssueFacts, evidence: Evidence[]): AnalysisClaim[] {
  const ids = new Set(evidence.map(({ id }) => id));
  const notes: AnalysisClaim[] = [];
  const add = (text: string, id: string) => {
    if (ids.has(id) && notes.length < MAX_NOTES) notes.push({ text, evidence: [id] });
  };
  const [route, ...otherRoutes] = facts.routes;
  if (route !== undefined && otherRoutes.length === 0) add(`Only ${cleanText(route, 120)} is affected so far.`, "R1");
  if (facts.regressed) add("It had been resolved and came back.", "L1");
  if (facts.release !== null && facts.firstRelease === facts.release && facts.releases.length <= 1)
    add(`It appeared with release ${cleanText(facts.release, 60)}.`, "L1");
  else if (facts.firstRelease !== null && facts.firstRelease !== facts.release)
    add(`It has been there since release ${cleanText(facts.firstRelease, 60)}.`, "L1");
  facts.shares.forEach((share, index) => {
    const [top] = share.values;
    if (top !== undefined && top.share >= ALMOST_ALL && top.count >= 5)
      add(
        `${Math.round(top.share * 100)} % of its events have ${toWords(share.name)} ${cleanText(top.value, 80)}.`,
        `S${index + 1}`,
      );
  });
  return notes;
}
