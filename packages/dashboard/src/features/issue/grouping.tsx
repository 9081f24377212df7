import type { IssueDetail, IssueHashRow, Json } from "@gatewatch/protocol";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useSearch } from "wouter";
import { Ago } from "../../components/ago.tsx";
import { Button } from "../../components/button.tsx";
import { callApi } from "../../lib/api-client.ts";
import { issueSplitPath } from "../../lib/api-paths.ts";
import { formatPlural } from "../../lib/format.ts";
import { useScope } from "../../lib/scope.ts";
import { keepScope } from "../../lib/search-state.ts";
import { showToast } from "../../lib/toasts.ts";

/** Why these events are one issue, hash by hash, and the way to part them again. */
export function Grouping({ issue }: { issue: IssueDetail }) {
  const { project } = useScope();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const scope = keepScope(useSearch());
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const several = issue.hashes.length > 1;
  const split = async () => {
    try {
      const created = await callApi<IssueDetail>(issueSplitPath(project, issue.id), {
        method: "POST",
        body: { hashIds: [...chosen] },
      });
      showToast({
        tone: "plain",
        text: "They have an issue of their own now",
        action: { name: "Open it", run: () => navigate(`/issues/${created.id}${scope}`) },
      });
      setChosen(new Set());
    } catch (error) {
      showToast({ tone: "bad", text: `Not split: ${error instanceof Error ? error.message : "unknown reason"}` });
    }
    for (const name of ["issue", "issues"]) await client.invalidateQueries({ queryKey: [name, project] });
  };
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-center gap-3">
        <p className="flex-1 text-muted">
          {several
            ? "Events with any of these hashes count for this issue. Choose some to give them an issue of their own."
            : "All events of this issue have one hash. It says what they have in common."}
        </p>
        {several && (
          <Button
            icon="split"
            disabled={chosen.size === 0 || chosen.size === issue.hashes.length}
            onClick={() => void split()}
          >
            Split off {chosen.size > 0 ? chosen.size : ""}
          </Button>
        )}
      </div>
      {issue.hashes.map((hash, index) => (
        <HashView
          key={hash.id}
          hash={hash}
          open={index === 0}
          chosen={several ? chosen.has(hash.id) : null}
          onToggle={() => {
            const next = new Set(chosen);
            if (!next.delete(hash.id)) next.add(hash.id);
            setChosen(next);
          }}
        />
      ))}
    </div>
  );
}

function HashView(props: { hash: IssueHashRow; open: boolean; chosen: boolean | null; onToggle: () => void }) {
  const { hash, open, chosen, onToggle } = props;
  return (
    <section className={`panel px-3 py-2.5 ${chosen ? "border-accent" : ""}`} aria-label={`Hash ${hash.hash}`}>
      <div className="flex h-7 items-center gap-2.5">
        {chosen !== null && (
          <input
            type="checkbox"
            checked={chosen}
            onChange={onToggle}
            aria-label={`Choose hash ${hash.hash}`}
            className="size-3.5 accent-accent"
          />
        )}
        <code className="clip font-mono text-small">{hash.hash}</code>
        <span className="clip flex-1 text-small text-muted">
          {hash.algorithm}, by {hash.kind}
        </span>
        <span className="text-small whitespace-nowrap text-muted">
          {formatPlural(hash.events, "event")} · <Ago time={hash.lastSeen} suffix />
        </span>
      </div>
      <details open={open}>
        <summary className="cursor-pointer py-1 text-small text-muted">Why they belong together</summary>
        <Explanation value={hash.explanation} />
      </details>
      {hash.history.length > 0 && (
        <ol className="pt-1.5 text-small text-muted">
          {hash.history.map((step, index) => (
            <li key={index}>
              {step.action} by {step.by}
              {step.fromIssue !== null && ` from issue ${step.fromIssue}`} to issue {step.toIssue},{" "}
              <Ago time={step.at} suffix />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Any explanation as an indented list: the rules may change, the page shows what they say. */
function Explanation({ value }: { value: Json }) {
  if (value === null || typeof value !== "object") {
    return <span className="font-mono text-small break-words">{String(value)}</span>;
  }
  if (Array.isArray(value) && value.every((item) => item === null || typeof item !== "object")) {
    return <span className="font-mono text-small break-words">{value.join(" ← ")}</span>;
  }
  const entries = Array.isArray(value)
    ? value.map((item, index) => [value.length > 1 ? String(index + 1) : "", item] as const)
    : Object.entries(value);
  return (
    <ul>
      {entries
        .filter(([, item]) => item !== null)
        .map(([name, item]) => (
          <li key={name} className="border-l border-line pl-3">
            <span className="text-small text-muted">
              {name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}{" "}
            </span>
            <Explanation value={item} />
          </li>
        ))}
    </ul>
  );
}
