import type { AnomalyDetail, AnomalyFeedback, AnomalyFinding, CompressionFigures } from "@gatewatch/protocol";
import { useQuery } from "@tanstack/react-query";
import { Ago } from "../../components/ago.tsx";
import { Badge } from "../../components/badge.tsx";
import { Redactable } from "../../components/redactable.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { formatMoment, formatShare } from "../../lib/format.ts";
import { anomalyQuery } from "../../lib/queries.ts";
import { AnomalyChart } from "./anomaly-chart.tsx";
import { EventPair } from "./event-pair.tsx";
import { FeedbackButtons } from "./feedback-buttons.tsx";
import { FEEDBACK_WORDS, formatOdds, nameMeasure, nameSubject } from "./measure-words.ts";

interface Props {
  project: number;
  id: number;
  onFeedback: (feedback: AnomalyFeedback | null) => void;
}

/** One anomaly: what was expected, what came, how rare that is, and what people say of it. */
export function AnomalyPanel({ project, id, onFeedback }: Props) {
  const { data, error } = useQuery(anomalyQuery(project, id));
  if (!data) {
    return (
      <section className="panel min-h-80 p-4" aria-busy={!error}>
        {error ? <p className="text-muted">{error.message}</p> : <Skeleton className="h-60 w-full" />}
      </section>
    );
  }
  return (
    <section className="panel grid grid-cols-1 lg:grid-cols-[minmax(0,1fr)_22rem]" aria-labelledby="anomaly">
      <div className="min-w-0 px-4 py-3">
        <header className="pb-2">
          <p className="flex flex-wrap items-center gap-2 text-small text-muted">
            <span className="min-w-0 font-mono break-all">{nameSubject(data)}</span>
            <span>{nameMeasure(data.measure)}</span>
            {data.told && <Badge tone="bad">told</Badge>}
            {data.kind === "series" && data.endedAt === null && <Badge tone="warn">going on</Badge>}
            {data.feedback !== null && (
              <Badge tone={FEEDBACK_WORDS[data.feedback].tone}>{FEEDBACK_WORDS[data.feedback].done}</Badge>
            )}
          </p>
          <h2 id="anomaly" className="pt-0.5 text-lead font-semibold text-pretty break-words">
            {data.why.split(/(`[^`]+`)/).map((part, index) =>
              index % 2 === 1 ? (
                <code key={index} className="font-mono text-[0.92em]">
                  {part.slice(1, -1)}
                </code>
              ) : (
                <Redactable key={index} text={part} />
              ),
            )}
          </h2>
        </header>
        {data.series !== null && <AnomalyChart anomaly={data} series={data.series} />}
        {data.event !== null && <EventPair event={data.event} normal={data.normal} findings={data.findings} />}
      </div>
      <div className="flex min-w-0 flex-col gap-4 border-line px-4 py-3 max-lg:border-t lg:border-l">
        <FeedbackButtons feedback={data.feedback} onFeedback={onFeedback} />
        {data.findings.length > 0 && <Findings findings={data.findings} />}
        <Figures anomaly={data} />
        {data.compression !== null && <Compression figures={data.compression} />}
        {data.history.length > 0 && <History history={data.history} />}
      </div>
    </section>
  );
}

function Findings({ findings }: { findings: AnomalyFinding[] }) {
  const most = Math.max(1, ...findings.map(({ surprise }) => surprise));
  return (
    <div>
      <h3 className="heading pb-1">Why</h3>
      <ul className="flex flex-col gap-2">
        {findings.map((finding, index) => (
          <li key={index} className="min-w-0">
            <span className="flex items-center gap-2">
              <span className="clip min-w-0 font-mono text-small">{finding.field}</span>
              <span
                className="ml-auto h-1.5 shrink-0 rounded-full bg-bad/70"
                style={{ width: `${Math.max(3, (finding.surprise / most) * 72)}px` }}
                title={`Surprise ${finding.surprise.toFixed(1)}: ${formatOdds(10 ** -finding.surprise)}`}
              />
            </span>
            <span className="block text-small break-words text-muted">
              expected <Redactable text={finding.expected} />, seen{" "}
              <strong className="font-semibold text-ink">
                <Redactable text={finding.seen} />
              </strong>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Figures({ anomaly }: { anomaly: AnomalyDetail }) {
  const { pValue, level, discovery, startedAt, count, kind } = anomaly;
  return (
    <div>
      <h3 className="heading pb-1">How sure</h3>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 text-small">
        <Row name="By chance">
          {formatOdds(pValue)} <span className="text-faint">p = {pValue.toExponential(1)}</span>
        </Row>
        <Row name="Flagged at">{formatOdds(level)}</Row>
        <Row name="Told at">
          {discovery.level > 0 ? formatOdds(discovery.level) : "–"}{" "}
          <span className="text-faint">so that at most {formatShare(discovery.target)} of what is told is false</span>
        </Row>
        <Row name="When">
          <span title={formatMoment(startedAt)}>
            <Ago time={startedAt} />
          </span>
          {kind === "series" && count > 1 && <span className="text-faint"> · {count} minutes</span>}
        </Row>
      </dl>
    </div>
  );
}

function Row({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

function Compression({ figures }: { figures: CompressionFigures }) {
  return (
    <details className="text-small">
      <summary className="heading cursor-pointer">Compression figures</summary>
      <p className="py-1 text-muted">
        Shown for those who compare; the verdict does not rest on them. {figures.algorithm}
        {figures.fallbackFrom !== null && `, in place of ${figures.fallbackFrom}`}
      </p>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3">
        <Row name="Distance (NCD)">{figures.ncd.toFixed(3)}</Row>
        <Row name="Ratio, usual and now">
          {figures.baselineRatio.toFixed(2)}, {figures.windowRatio.toFixed(2)}
        </Row>
        <Row name="Bits a byte, usual and now">
          {figures.baselineEntropy.toFixed(2)}, {figures.windowEntropy.toFixed(2)}
        </Row>
      </dl>
    </details>
  );
}

function History({ history }: { history: AnomalyDetail["history"] }) {
  return (
    <div>
      <h3 className="heading pb-1">History</h3>
      <ul className="text-small text-muted">
        {history.map(({ at, by, action }) => (
          <li key={`${at} ${action}`}>
            <Ago time={at} /> · {by}: {action}
          </li>
        ))}
      </ul>
    </div>
  );
}
