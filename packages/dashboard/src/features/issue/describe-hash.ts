import type { IssueHashRow } from "@gatewatch/protocol";

const REASONS: Record<string, string> = {
  app: "They came the same way through the app's code.",
  system: "They came the same way through the code, that of libraries included.",
  "type+template": "They are of the same type and say the same, apart from numbers and names.",
  "throw-site": "They were thrown at the same place.",
  alike: "Their first cause is of the same type and says the same.",
  fingerprint: "The app itself says that they belong together.",
};

/** Why the events under a hash are one thing, in words for people. */
export function describeHash(hash: Pick<IssueHashRow, "kind">): string {
  return Object.hasOwn(REASONS, hash.kind) ? REASONS[hash.kind]! : `They are alike by the rule “${hash.kind}”.`;
}

/** The chosen hashes and those without events that came in with them: they lead the next event the same way. */
export function addCompanions(hashes: readonly IssueHashRow[], chosen: ReadonlySet<number>): number[] {
  const origins = new Set(hashes.filter((hash) => chosen.has(hash.id)).flatMap(findOrigin));
  const stays = new Set(hashes.filter((hash) => hash.events > 0 && !chosen.has(hash.id)).flatMap(findOrigin));
  return hashes
    .filter(
      (hash) =>
        chosen.has(hash.id) ||
        (hash.events === 0 && findOrigin(hash).some((origin) => origins.has(origin) && !stays.has(origin))),
    )
    .map((hash) => hash.id);
}

/** The issue that a merge took the hash from last. */
function findOrigin(hash: IssueHashRow): number[] {
  const merge = hash.history.findLast((step) => step.action === "merge");
  return merge && merge.fromIssue !== null ? [merge.fromIssue] : [];
}
