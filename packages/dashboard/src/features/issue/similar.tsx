import type { IssueDetail } from "@gatewatch/protocol";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useSearch } from "wouter";
import { Badge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { formatShare } from "../../lib/format.ts";
import { STATE_WORDS } from "../../lib/issue-words.ts";
import { mergeIssues } from "../../lib/merge-issues.ts";
import { useScope } from "../../lib/scope.ts";
import { keepScope } from "../../lib/search-state.ts";

/** Issues that may be the same thing; they can be taken into this one. */
export function Similar({ issue }: { issue: IssueDetail }) {
  const { project } = useScope();
  const client = useQueryClient();
  const scope = keepScope(useSearch());
  if (issue.similar.length === 0) return <p className="py-6 text-muted">No other issue resembles this one.</p>;
  return (
    <ul className="panel rule">
      {issue.similar.map((other) => (
        <li key={other.id} className="flex items-center gap-3 px-3 py-2">
          <div className="min-w-0 flex-1">
            <div className="flex items-center gap-2">
              <Link href={`/issues/${other.id}${scope}`} className="clip font-semibold hover:underline">
                {other.title}
              </Link>
              <Badge tone={STATE_WORDS[other.state].tone}>{STATE_WORDS[other.state].name}</Badge>
            </div>
            <p className="clip font-mono text-tiny text-muted">{other.culprit}</p>
          </div>
          <span className="text-small whitespace-nowrap text-muted">{formatShare(other.score)} alike</span>
          <Button
            icon="merge"
            aria-label={`Merge “${other.title}” into this issue`}
            onClick={() => void mergeIssues(client, { project, into: issue, from: [other.id] })}
          >
            Merge into this one
          </Button>
        </li>
      ))}
    </ul>
  );
}
