import type { OverviewAnswer } from "@gatewatch/protocol";
import { Link, useSearch } from "wouter";
import { Sparkline } from "../../components/sparkline.tsx";
import { formatCount, formatDelta, formatDuration, formatShare } from "../../lib/format.ts";
import { keepScope } from "../../lib/search-state.ts";

type Card = OverviewAnswer["cards"][number];

const CARDS: Record<
  Card["name"],
  { title: string; path: string; format: (value: number) => [string, string]; rising: "bad" | "plain"; color: string }
> = {
  errorRate: {
    title: "Error rate",
    path: "/issues",
    format: (value) => splitUnit(formatShare(value)),
    rising: "bad",
    color: "text-bad",
  },
  p95: {
    title: "Response time, p95",
    path: "/live",
    format: (value) => splitUnit(formatDuration(value)),
    rising: "bad",
    color: "text-warn",
  },
  requestsPerMinute: {
    title: "Requests a minute",
    path: "/live",
    format: (value) => [value < 10 ? String(Number(value.toFixed(1))) : formatCount(value), ""],
    rising: "plain",
    color: "text-accent",
  },
  openIssues: {
    title: "Open issues",
    path: "/issues",
    format: (value) => [formatCount(value), ""],
    rising: "bad",
    color: "text-violet",
  },
};

function splitUnit(text: string): [string, string] {
  const at = text.lastIndexOf(" ");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** One measure: now, its course, and how it stands to the span before. */
export function MeasureCard({ card, span }: { card: Card; span: string }) {
  const scope = keepScope(useSearch());
  const look = CARDS[card.name];
  const share = card.name === "errorRate" && card.unit === "%" ? 100 : 1;
  const [figure, unit] = card.value === null ? ["–", ""] : look.format(card.value / share);
  const delta = formatDelta(card.value, card.before);
  const worse = delta !== null && card.value !== null && card.before !== null && card.value > card.before;
  const better = delta !== null && card.value !== null && card.before !== null && card.value < card.before;
  const tone = look.rising === "plain" ? "text-muted" : worse ? "text-bad" : better ? "text-good" : "text-muted";
  return (
    <Link
      href={`${look.path}${scope}`}
      className="panel group relative block h-23 overflow-hidden px-3.5 pt-2.5 hover:border-strong"
    >
      <span className="heading clip block">{look.title}</span>
      <span className="flex items-baseline gap-1.5 pt-0.5 whitespace-nowrap">
        <span className="text-figure font-semibold tracking-tight">{figure}</span>
        <span className="text-muted">{unit}</span>
        <span className={`ml-auto text-small font-semibold ${tone}`} title={`against the ${span} before`}>
          {delta}
        </span>
      </span>
      <Sparkline
        values={card.trend}
        width={300}
        height={22}
        className={`absolute inset-x-0 bottom-0 w-full opacity-80 ${look.color}`}
      />
    </Link>
  );
}
