import type { Analysis, IssueRow } from "@gatewatch/protocol";

/** What the analyst says: a model for the first issue, rules for the others, each state somewhere. */
export function createMockAnalysis(issue: IssueRow, now: number): Analysis | null {
  if (issue.id === 6) return null;
  const rules = issue.id !== 1;
  return {
    issueId: issue.id,
    provider: rules ? "rules" : "ollama/qwen3-coder:30b",
    model: rules ? null : "qwen3-coder:30b",
    status: issue.id === 4 ? "failed" : issue.id === 2 ? "preliminary" : "complete",
    createdAt: now - 95_000,
    evidenceDigest: "d41d8cd98f00b204",
    category: "system_error",
    severity: issue.severity,
    confidence: rules ? 0.7 : 0.86,
    summary:
      "An item whose SKU left the catalogue is still in carts; `catalogue.get(…)` answers `undefined` and its price is read.",
    rootCause: {
      text: "`totalOf` trusts that every SKU in a cart is in the catalogue. Since release 1.4.1 the catalogue cache drops retired SKUs, while carts keep them.",
      evidence: ["E2", "F5", "B3"],
    },
    location: { file: "src/lib/price.ts", line: 42, function: "totalOf" },
    fix: {
      kind: "code",
      text: "Check the entry before its price is read, and tell the customer which item is gone:\n```ts\nconst entry = catalogue.get(item.sku);\nif (!entry) throw new ItemGoneError(item.sku);\n```",
      evidence: ["F5"],
    },
    notes: [{ text: "All of it falls on `POST /checkout`, and none of it on older releases.", evidence: ["S1", "L1"] }],
    droppedClaims: rules ? 0 : 1,
    evidence: [
      { id: "E2", kind: "exception", label: issue.title, data: { type: issue.title.split(": ")[0] } },
      { id: "F5", kind: "frame", label: `${issue.culprit}`, data: { file: issue.culprit.split(":")[0], line: 42 } },
      {
        id: "B3",
        kind: "breadcrumb",
        label: "sku TEA-200 is not in the catalogue cache",
        data: { message: "sku TEA-200 is not in the catalogue cache" },
      },
      { id: "S1", kind: "share", label: "100 % on POST /checkout", data: { name: "route" } },
      { id: "L1", kind: "release", label: "first in 1.4.1", data: { name: "release" } },
    ],
    ...(issue.id === 4 && { failure: "The model at 127.0.0.1:11434 did not answer within 60 s." }),
    ...(issue.id === 2 && { pending: true }),
    ...(!rules && { usage: { inputTokens: 2913, outputTokens: 402, costUsd: 0, ms: 8420 } }),
  };
}
