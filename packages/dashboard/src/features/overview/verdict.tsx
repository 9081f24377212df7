import type { OverviewAnswer } from "@gatewatch/protocol";

const COLORS: Record<OverviewAnswer["verdict"]["level"], string> = {
  quiet: "bg-faint",
  ok: "bg-good",
  warn: "bg-warn",
  bad: "bg-bad",
};
const FIGURE = /(`[^`]*`|\d\d:\d\d(?: UTC)?|\d[\d.,]*\d\s?[%×]?|\d\s?[%×]?)/;

/** The one sentence that the screen exists for; its figures stand out. */
export function Verdict({ verdict }: { verdict: OverviewAnswer["verdict"] }) {
  return (
    <h1 className="flex min-h-9 items-baseline gap-3 pt-1 text-title font-normal text-pretty text-muted">
      <span className={`size-2.5 shrink-0 rounded-full ${COLORS[verdict.level]}`} />
      <span className="min-w-0 break-words">
        {verdict.text.split(FIGURE).map((part, index) =>
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
