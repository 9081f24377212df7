import type { IssueRow } from "@gatewatch/protocol";
import { useState } from "react";

/**
 * The marked row, -1 without one. The mark stays with its issue when others come or go above it, so that a key never
 * meets a neighbour; when its issue leaves the list, the next one in its place has it.
 */
export function useCursor(issues: readonly IssueRow[]): [cursor: number, mark: (index: number) => void] {
  const [marked, setMarked] = useState({ id: -1, index: -1 });
  const mark = (index: number) => setMarked({ id: issues[index]?.id ?? -1, index });
  const found = issues.findIndex((issue) => issue.id === marked.id);
  const cursor = found >= 0 ? found : Math.min(marked.index, issues.length - 1);
  if (marked.index >= 0 && (found < 0 || found !== marked.index)) mark(cursor);
  return [cursor, mark];
}
