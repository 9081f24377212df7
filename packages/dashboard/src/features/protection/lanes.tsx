import type { AnomalyRow, ProtectionAnswer } from "@gatewatch/protocol";
import { createTimeTicks } from "../../components/time-ticks.ts";
import { useWidth } from "../../components/use-width.ts";
import { formatClock } from "../../lib/format.ts";
import { formatOdds, nameMeasure, nameSubject, shortenMeasure } from "./measure-words.ts";

const MIN_MARK = 7;
const MIN_HEIGHT = 8;
const MAX_HEIGHT = 22;

interface Props {
  answer: ProtectionAnswer;
  selected: number | null;
  onSelect: (id: number) => void;
}

/** Who stepped out of line, and when: a lane for each subject over one axis of time. */
export function Lanes({ answer: { from, to, lanes }, selected, onSelect }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const ticks = width > 0 ? createTimeTicks(from, to, Math.max(2, Math.floor(width / 110))) : [];
  const share = (time: number): number => Math.min(1, Math.max(0, (time - from) / Math.max(1, to - from)));
  return (
    <section className="panel overflow-hidden" aria-labelledby="lanes">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 pt-2.5 pb-1.5">
        <h2 id="lanes" className="heading mr-auto">
          Out of the ordinary
        </h2>
        <Key className="bg-bad" name="told" />
        <Key className="bg-warn/60" name="flagged, within what chance explains" />
        <Key className="border border-strong" name="false alarm" />
      </header>
      <ul className="rule max-h-76 overflow-y-auto border-t border-line">
        {lanes.map((lane) => (
          <li
            key={`${lane.kind} ${lane.stream} ${lane.measure}`}
            className="grid grid-cols-1 sm:grid-cols-[14rem_minmax(0,1fr)]"
          >
            <div className="flex min-w-0 items-baseline gap-2 px-4 pt-1.5 sm:py-1.5">
              <span className="clip min-w-0 font-mono text-small">{nameSubject(lane)}</span>
              <span className="shrink-0 text-tiny text-muted">{shortenMeasure(lane.measure)}</span>
            </div>
            <div className="relative mr-4 ml-4 h-8 self-center sm:ml-0">
              {ticks.map((tick) => (
                <span
                  key={tick.time}
                  className="absolute inset-y-0 border-l border-dotted border-line"
                  style={{ left: `${share(tick.time) * 100}%` }}
                />
              ))}
              {lane.anomalies.map((anomaly) => (
                <Mark
                  key={anomaly.id}
                  anomaly={anomaly}
                  left={share(anomaly.startedAt)}
                  right={share(anomaly.endedAt ?? to)}
                  isSelected={anomaly.id === selected}
                  onSelect={onSelect}
                />
              ))}
            </div>
          </li>
        ))}
      </ul>
      <div className="grid grid-cols-1 border-t border-line sm:grid-cols-[14rem_minmax(0,1fr)]">
        <span className="hidden sm:block" />
        <div ref={ref} className="relative mr-4 ml-4 h-5.5 sm:ml-0" aria-hidden="true">
          {ticks.map((tick) => (
            <span
              key={tick.time}
              className="absolute top-0.5 -translate-x-1/2 text-tiny text-faint"
              style={{ left: `${share(tick.time) * 100}%` }}
            >
              {tick.label}
            </span>
          ))}
        </div>
      </div>
    </section>
  );
}

function Key({ className, name }: { className: string; name: string }) {
  return (
    <span className="flex items-center gap-1.5 text-tiny text-muted">
      <span className={`h-2.5 w-1.5 rounded-sm ${className}`} />
      {name}
    </span>
  );
}

/** Taller the rarer it is. */
function Mark(props: {
  anomaly: AnomalyRow;
  left: number;
  right: number;
  isSelected: boolean;
  onSelect: (id: number) => void;
}) {
  const { anomaly, left, right, isSelected } = props;
  const surprise = -Math.log10(Math.max(1e-12, anomaly.pValue));
  const height = Math.min(MAX_HEIGHT, MIN_HEIGHT + Math.max(0, surprise - 2) * 3);
  return (
    <button
      type="button"
      aria-label={`${nameSubject(anomaly)}, ${nameMeasure(anomaly.measure)}, ${formatClock(anomaly.startedAt)}, ${formatOdds(anomaly.pValue)}`}
      aria-pressed={isSelected}
      title={anomaly.why}
      onClick={() => props.onSelect(anomaly.id)}
      className="group absolute top-0 flex h-8 -translate-x-1 items-center px-1"
      style={{ left: `${left * 100}%`, width: `max(${MIN_MARK + 8}px, calc(${(right - left) * 100}% + 8px))` }}
    >
      <span
        className={`block w-full rounded-sm transition-[outline] group-hover:outline-2 group-hover:outline-strong ${lookOf(anomaly)} ${isSelected ? "outline-2 outline-offset-1 outline-ink" : ""}`}
        style={{ height }}
      />
    </button>
  );
}

function lookOf({ feedback, told }: AnomalyRow): string {
  if (feedback === "false_positive") return "border border-strong";
  if (feedback === "confirmed") return "bg-violet";
  if (feedback === "dismissed") return "bg-strong";
  return told ? "bg-bad" : "bg-warn/60";
}
