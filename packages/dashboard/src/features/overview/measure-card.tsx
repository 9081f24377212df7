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
export function MeasureCard({ card, span, note }: { card: Card; span: string; note?: string }) {
  const scope = keepScope(useSearch());
  const look = CARDS[card.name];
  const [figure, unit] = card.value === null ? ["–", ""] : look.format(toScale(card, card.value));
  const delta = formatDelta(card.value, card.before);
  return (
    <Link
      href={`${look.path}${scope}`}
      className="panel relative block h-23 overflow-hidden px-3.5 pt-2.5 hover:border-strong"
    >
      <span className="heading clip block">{look.title}</span>
      <span className="flex items-baseline gap-1.5 pt-0.5 whitespace-nowrap">
        <span className="text-figure font-semibold tracking-tight">{figure}</span>
        <span className="text-muted">{unit}</span>
        {delta !== null && card.before !== null && (
          <span className="ml-auto text-small">
            <span className={`font-semibold ${toneOf(card, look.rising)}`}>{delta}</span>
            <span className="text-faint max-md:hidden">
              {" "}
              on {look.format(toScale(card, card.before)).join(" ").trim()}
            </span>
            <span className="sr-only"> in the {span} before</span>
          </span>
        )}
      </span>
      {note && <span className="block pt-1.5 text-small text-muted">{note}</span>}
      <Sparkline
        values={card.trend}
        width={300}
        height={22}
        className={`absolute inset-x-0 bottom-0 w-full opacity-80 ${look.color}`}
      />
    </Link>
  );
}

/** The server speaks of shares in per cent. */
function toScale(card: Card, value: number): number {
  return card.unit === "%" ? value / 100 : value;
}

function toneOf(card: Card, rising: "bad" | "plain"): string {
  const difference = (card.value ?? 0) - (card.before ?? 0);
  if (rising === "plain" || difference === 0) return "text-muted";
  return difference > 0 ? "text-bad" : "text-good";
}
