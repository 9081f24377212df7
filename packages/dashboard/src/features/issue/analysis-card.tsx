import type { Analysis, AnalysisClaim, ErrorEvent, IssueDetail } from "@gatewatch/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Badge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { Progress } from "../../components/progress.tsx";
import { Prose } from "../../components/prose.tsx";
import { callApi } from "../../lib/api-client.ts";
import { issueAnalysisPath } from "../../lib/api-paths.ts";
import { formatPlural, formatShare } from "../../lib/format.ts";
import { SEVERITY_WORDS } from "../../lib/issue-words.ts";
import type { AnalysisAnswer } from "../../lib/queries.ts";
import { useScope } from "../../lib/scope.ts";
import { showToast } from "../../lib/toasts.ts";
import type { Anchor } from "./anchors.ts";
import { AnalysisFoot } from "./analysis-foot.tsx";
import { EvidenceLinks } from "./evidence-links.tsx";

interface Props {
  issue: IssueDetail;
  event: ErrorEvent | null;
  onReveal: (anchor: Anchor) => void;
  onCopy: () => void;
}

/** The cause in words, with what each claim rests on, and an honest name of who says so. */
export function AnalysisCard({ issue, event, onReveal, onCopy }: Props) {
  const { project } = useScope();
  const client = useQueryClient();
  const analysis = issue.analysis;
  const rerun = useMutation({
    mutationFn: () => callApi<AnalysisAnswer>(issueAnalysisPath(project, issue.id), { method: "POST" }),
    onSuccess: (answer) => {
      client.setQueryData<IssueDetail>(
        ["issue", project, issue.id],
        (old) => old && { ...old, analysis: answer.analysis ?? old.analysis },
      );
      showToast({
        tone: "plain",
        text: answer.analysis?.pending
          ? "The model looks again; its answer appears here"
          : "The rules have looked at the newest event again",
      });
    },
    onError: (error) => showToast({ tone: "bad", text: `Not asked: ${error.message}` }),
  });
  const busy = rerun.isPending || analysis?.pending === true;
  return (
    <section className="panel overflow-hidden" aria-labelledby="analysis" aria-busy={busy}>
      <header className="flex items-center gap-2 px-3.5 pt-2.5">
        <Icon name="spark" size={15} className="text-violet" />
        <h2 id="analysis" className="font-semibold">
          Cause
        </h2>
        {analysis && <span className="clip text-small text-muted">{nameSource(analysis)}</span>}
        <span className="flex-1" />
        <Button tone="quiet" icon="refresh" aria-label="Analyse again" disabled={busy} onClick={() => rerun.mutate()} />
      </header>
      <div className="h-0.5">{busy && <Progress label="An analysis is being made" />}</div>
      {!analysis && <Nothing busy={busy} />}
      {analysis?.status === "failed" && (
        <div className="px-3.5 pt-2 pb-3">
          <p className="font-medium text-bad">The analysis failed.</p>
          <p className="break-words text-muted">{analysis.failure ?? "No reason was given."}</p>
        </div>
      )}
      {analysis && analysis.status !== "failed" && (
        <div className="flex flex-col gap-3 px-3.5 pt-2 pb-3">
          {analysis.summary && (
            <div>
              <Prose text={analysis.summary} quoteMax={QUOTE_MAX} className="text-lead text-pretty" />
              {isRepeated(analysis) && (
                <div className="pt-1.5">
                  <EvidenceLinks ids={analysis.rootCause.evidence} {...{ analysis, event, onReveal }} />
                </div>
              )}
            </div>
          )}
          <div className="flex flex-wrap items-center gap-1.5">
            <Badge tone={SEVERITY_WORDS[analysis.severity].tone}>{SEVERITY_WORDS[analysis.severity].name}</Badge>
            <Badge>{analysis.category.replaceAll("_", " ")}</Badge>
            <span className="text-small text-muted">{formatShare(analysis.confidence)} sure</span>
            {analysis.status === "preliminary" && <Badge tone="warn">Preliminary</Badge>}
          </div>
          {!isRepeated(analysis) && <Claim name="Why" claim={analysis.rootCause} {...{ analysis, event, onReveal }} />}
          <Claim name={FIX_NAMES[analysis.fix.kind]} claim={analysis.fix} {...{ analysis, event, onReveal }} />
          {analysis.notes.length > 0 && (
            <Part name="What is special">
              <ul className="flex flex-col gap-1.5">
                {analysis.notes.map((note, index) => (
                  <li key={index}>
                    <Prose text={note.text} className="inline" />{" "}
                    <EvidenceLinks ids={note.evidence} analysis={analysis} event={event} onReveal={onReveal} />
                  </li>
                ))}
              </ul>
            </Part>
          )}
          {analysis.droppedClaims > 0 && (
            <p className="text-small text-muted">
              {formatPlural(analysis.droppedClaims, "claim")} left out: what{" "}
              {analysis.droppedClaims === 1 ? "it" : "they"} cited does not exist.
            </p>
          )}
        </div>
      )}
      <AnalysisFoot analysis={analysis} onCopy={onCopy} />
    </section>
  );
}

/** Characters of a quoted source line that help; the stack has all of it. */
const QUOTE_MAX = 60;

/** Whether the headline says the cause already. */
function isRepeated({ summary, rootCause }: Analysis): boolean {
  return summary !== "" && summary.trim() === rootCause.text.trim();
}

const FIX_NAMES: Record<Analysis["fix"]["kind"], string> = {
  code: "Fix in the code",
  config: "Fix in the configuration",
  data: "Fix in the data",
  dependency: "Fix in a dependency",
  infra: "Fix in the infrastructure",
  not_a_bug: "Not a bug",
};

function nameSource(analysis: Analysis): string {
  return analysis.provider === "rules" ? "Rules, no model" : (analysis.model ?? analysis.provider);
}

function Claim(props: {
  name: string;
  claim: AnalysisClaim;
  analysis: Analysis;
  event: ErrorEvent | null;
  onReveal: (anchor: Anchor) => void;
}) {
  const { name, claim, ...rest } = props;
  if (!claim.text) return null;
  return (
    <Part name={name}>
      <Prose text={claim.text} quoteMax={QUOTE_MAX} className="text-pretty" />
      <div className="pt-1">
        <EvidenceLinks ids={claim.evidence} {...rest} />
      </div>
    </Part>
  );
}

function Part({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <h3 className="heading pb-0.5">{name}</h3>
      {children}
    </div>
  );
}

function Nothing({ busy }: { busy: boolean }) {
  return (
    <p className="px-3.5 pt-2 pb-3 text-muted">
      {busy ? "The analyst is looking at the evidence." : "Nothing has been found out about this issue yet."}
    </p>
  );
}
