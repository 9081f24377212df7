import type { ProtectionAnswer } from "@gatewatch/protocol";
import { formatCount, formatPlural, formatShare } from "../../lib/format.ts";

/** What happened, beside what was promised. */
export function Promise({ answer, span }: { answer: ProtectionAnswer; span: string }) {
  const { promise, watched, gate } = answer;
  const calibrating = watched.series - watched.ready;
  return (
    <>
      <h1 className="flex min-h-9 items-baseline gap-3 pt-1 text-title font-normal text-pretty text-muted">
        <span
          className={`size-2.5 shrink-0 rounded-full ${promise.told > 0 ? "bg-bad" : watched.ready > 0 ? "bg-good" : "bg-faint"}`}
        />
        <span className="min-w-0">{describe(answer, span)}</span>
      </h1>
      <dl className="panel grid grid-cols-2 gap-y-3 px-4 py-2.5 md:grid-cols-4">
        <Figure name="Watched" value={formatCount(watched.series + watched.eventStreams)}>
          {formatPlural(watched.series, "series").replace(/seriess$/, "series")},{" "}
          {formatPlural(watched.eventStreams, "event stream")}
          {calibrating > 0 && `; ${formatCount(calibrating)} still learning`}
        </Figure>
        <Figure name="Judged" value={formatCount(promise.judged)}>
          points and events, each beside what was expected of it
        </Figure>
        <Figure name="Flagged" value={formatCount(promise.flagged)}>
          about {formatCount(Math.round(promise.expected))} by chance alone; told: {formatCount(promise.told)}, at most{" "}
          {formatShare(promise.target)} of them false
        </Figure>
        <Figure name="Held back at the gate" value={formatCount(gate.limited + gate.refused)}>
          {formatCount(gate.limited)} answered 429, {formatCount(gate.refused)} answered 403
          {gate.requests > 0 && `, of ${formatCount(gate.requests)} requests`}
        </Figure>
      </dl>
    </>
  );
}

function Figure({ name, value, children }: { name: string; value: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0 pr-4">
      <dt className="heading">{name}</dt>
      <dd>
        <span className="block pt-0.5 text-figure font-semibold tracking-tight">{value}</span>
        <span className="block text-small text-muted">{children}</span>
      </dd>
    </div>
  );
}

function describe({ promise, watched, lanes }: ProtectionAnswer, span: string) {
  const strong = (text: string) => <strong className="font-semibold text-ink">{text}</strong>;
  if (watched.ready === 0)
    return <>Learning what is normal: nothing is judged before {strong("enough has been seen")} to keep the promise.</>;
  if (promise.told === 0)
    return (
      <>
        Nothing in the {span} is worth telling; {strong(formatCount(promise.flagged))} of{" "}
        {strong(formatCount(promise.judged))} stood out, as chance would have it.
      </>
    );
  const subjects = new Set(
    lanes.filter(({ anomalies }) => anomalies.some(({ told }) => told)).map(({ stream }) => stream),
  );
  return (
    <>
      {strong(formatPlural(promise.told, "anomaly").replace("anomalys", "anomalies"))} in the {span}, on{" "}
      {strong(formatPlural(subjects.size, "subject"))}; {strong(formatCount(promise.judged))} looked at.
    </>
  );
}
