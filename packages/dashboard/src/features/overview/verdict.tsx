import type { OverviewAnswer } from "@gatewatch/protocol";

const COLORS: Record<OverviewAnswer["verdict"]["level"], string> = {
  quiet: "bg-faint",
  ok: "bg-good",
  warn: "bg-warn",
  bad: "bg-bad",
};
const FIGURE = /(`[^`]*`|\d\d:\d\d|\d[\d.,]*\d\s?[%×]?|\d\s?[%×]?)/;

/** The one sentence that the screen exists for; its figures stand out. */
export function Verdict({ verdict }: { verdict: OverviewAnswer["verdict"] }) {
  return (
    <h1 className="flex min-h-9 items-baseline gap-3 pt-1 text-title font-normal text-pretty text-muted">
      <span className={`size-2.5 shrink-0 rounded-full ${COLORS[verdict.level]}`} />
      <span className="min-w-0 break-words">
        {toLocalTimes(verdict.text)
          .split(FIGURE)
          .map((part, index) =>
            index % 2 === 1 ? (
              <strong
                key={index}
                className={`font-semibold text-ink ${part.startsWith("`") ? "font-mono text-[0.9em]" : ""}`}
              >
                {part.replaceAll("`", "")}
              </strong>
            ) : (
              part
            ),
          )}
      </span>
    </h1>
  );
}

/** The server speaks of times in UTC; the reader's clock is another. */
function toLocalTimes(text: string): string {
  return text.replace(/\b(\d\d):(\d\d) UTC\b/g, (_, hours: string, minutes: string) => {
    const date = new Date();
    date.setUTCHours(Number(hours), Number(minutes));
    return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
  });
}
