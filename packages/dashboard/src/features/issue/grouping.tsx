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
import { addCompanions, describeHash } from "./describe-hash.ts";

/** Why these events are one issue, hash by hash, and the way to part them again. */
export function Grouping({ issue }: { issue: IssueDetail }) {
  const { project } = useScope();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const scope = keepScope(useSearch());
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const counted = issue.hashes.filter((hash) => hash.events > 0);
  const silent = issue.hashes.filter((hash) => hash.events === 0);
  const several = counted.length > 1;
  const split = async () => {
    try {
      const created = await callApi<IssueDetail>(issueSplitPath(project, issue.id), {
        method: "POST",
        body: { hashIds: addCompanions(issue.hashes, chosen) },
      });
      showToast({
        tone: "plain",
        text: `${formatPlural(created.events, "event")} moved to issue ${created.id}`,
        action: { name: "Open it", run: () => navigate(`/issues/${created.id}${scope}`) },
      });
      setChosen(new Set());
    } catch (error) {
      showToast({ tone: "bad", text: `Not split: ${error instanceof Error ? error.message : "unknown reason"}` });
    }
    for (const name of ["issue", "issues", "issueEvents", "overview"])
      await client.invalidateQueries({ queryKey: [name, project] });
  };
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-center gap-3">
        <p className="flex-1 text-muted">
          {several
            ? "These groups of events count for this issue. Choose some to give them an issue of their own."
            : "All events of this issue are one group: this is what they have in common."}
        </p>
        {several && (
          <Button
            icon="split"
            disabled={chosen.size === 0 || chosen.size === counted.length}
            onClick={() => void split()}
          >
            Split off {chosen.size > 0 ? chosen.size : ""}
          </Button>
        )}
      </div>
      {counted.map((hash) => (
        <HashView
          key={hash.id}
          hash={hash}
          chosen={several ? chosen.has(hash.id) : null}
          onToggle={() => {
            const next = new Set(chosen);
            if (!next.delete(hash.id)) next.add(hash.id);
            setChosen(next);
          }}
        />
      ))}
      {silent.length > 0 && (
        <details>
          <summary className="cursor-pointer py-1 text-small text-muted">
            {silent.length === 1 ? "One more likeness" : `${silent.length} more likenesses`} would bring an event here;
            none has come that way
          </summary>
          <div className="flex flex-col gap-3 pt-2">
            {silent.map((hash) => (
              <HashView key={hash.id} hash={hash} chosen={null} onToggle={() => undefined} />
            ))}
          </div>
        </details>
      )}
    </div>
  );
}

function HashView(props: { hash: IssueHashRow; chosen: boolean | null; onToggle: () => void }) {
  const { hash, chosen, onToggle } = props;
  const reason = describeHash(hash);
  const moves = hash.history.filter((step) => step.action !== "attach");
  return (
    <section className={`panel px-3 py-2.5 ${chosen ? "border-accent" : ""}`} aria-label={reason}>
      <div className="flex min-h-7 items-center gap-2.5">
        {chosen !== null && (
          <input
            type="checkbox"
            checked={chosen}
            onChange={onToggle}
            aria-label={`Choose the group of ${formatPlural(hash.events, "event")}: ${reason}`}
            className="size-3.5 accent-accent"
          />
        )}
        <span className="flex-1 font-medium">{reason}</span>
        <span className="text-small whitespace-nowrap text-muted">
          {hash.events === 0 ? "no event" : formatPlural(hash.events, "event")}
          {hash.events > 0 && (
            <>
              {" · "}
              <Ago time={hash.lastSeen} suffix />
            </>
          )}
        </span>
      </div>
      {moves.length > 0 && (
        <ol className="text-small text-muted">
          {moves.map((step, index) => (
            <li key={index}>
              {step.action === "merge" ? "Merged in" : step.action === "split" ? "Split off" : step.action}
              {step.fromIssue !== null && ` from issue ${step.fromIssue}`} by {step.by}, <Ago time={step.at} suffix />
            </li>
          ))}
        </ol>
      )}
      <details>
        <summary className="cursor-pointer py-1 text-small text-muted">What was compared</summary>
        <Explanation value={hash.explanation} />
        <p className="pt-1.5 text-small break-all text-muted">
          Hash <code className="font-mono">{hash.hash}</code> ({hash.algorithm}, {hash.kind})
        </p>
      </details>
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
