import type { Analysis, ErrorEvent } from "@gatewatch/protocol";
import { Tip } from "../../components/tip.tsx";
import { findAnchor, type Anchor } from "./anchors.ts";

/** What a claim rests on; a press shows it. */
export function EvidenceLinks(props: {
  ids: string[];
  analysis: Analysis;
  event: ErrorEvent | null;
  onReveal: (anchor: Anchor) => void;
}) {
  const items = props.ids.flatMap((id) => props.analysis.evidence.find((evidence) => evidence.id === id) ?? []);
  if (items.length === 0) return null;
  return (
    <span className="inline-flex max-w-full flex-wrap gap-1 align-bottom">
      {items.map((evidence) => {
        const anchor = findAnchor(evidence, props.event);
        return (
          <Tip key={evidence.id} text={anchor ? evidence.label : `${evidence.label} (not in this event)`}>
            <button
              type="button"
              aria-disabled={!anchor}
              aria-label={`Evidence ${evidence.id}: ${evidence.label}`}
              onClick={() => anchor && props.onReveal(anchor)}
              className={`inline-flex h-6 max-w-full items-center gap-1.5 rounded-sm border border-line bg-sunk px-1.5 text-tiny ${anchor ? "hover:border-accent" : "cursor-default border-dashed"}`}
            >
              <span className="font-semibold text-accent">{evidence.id}</span>
              <span className="clip text-muted">{evidence.label}</span>
            </button>
          </Tip>
        );
      })}
    </span>
  );
}
