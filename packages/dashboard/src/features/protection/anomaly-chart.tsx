import type { AnomalyDetail, AnomalySeries } from "@gatewatch/protocol";
import { useState } from "react";
import { createTimeTicks } from "../../components/time-ticks.ts";
import { useWidth } from "../../components/use-width.ts";
import { formatClock } from "../../lib/format.ts";
import { formatMeasure } from "./measure-words.ts";

const HEIGHT = 190;
const AXIS = 18;
const TOP = 8;
const SCALE = 58;

/** The series as it was, over the band in which it was expected. */
export function AnomalyChart({ anomaly, series }: { anomaly: AnomalyDetail; series: AnomalySeries }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const [cursor, setCursor] = useState<number | null>(null);
  const { time, value, low, middle, high, stepMs } = series;
  const plot = Math.max(0, width - SCALE);
  const from = time[0] ?? 0;
  const to = (time.at(-1) ?? 0) + stepMs;
  const peak = Math.max(1e-9, ...[...value, ...high].map((one) => one ?? 0));
  const x = (at: number): number => ((at - from) / Math.max(1, to - from)) * plot;
  const xOf = (index: number): number => x((time[index] ?? from) + stepMs / 2);
  const y = (one: number): number => TOP + (HEIGHT - TOP - AXIS) * (1 - Math.max(0, one) / peak);
  const shown = cursor === null ? null : Math.min(time.length - 1, Math.max(0, cursor));
  const format = (one: number | null | undefined): string => (one == null ? "–" : formatMeasure(anomaly.measure, one));
  return (
    <figure>
      <div
        ref={ref}
        onPointerMove={(event) => {
          const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
          setCursor(at > plot || plot === 0 ? null : Math.floor((at / plot) * time.length));
        }}
        onPointerLeave={() => setCursor(null)}
      >
        <svg width="100%" height={HEIGHT} role="img" aria-label={anomaly.why} className="block">
          {plot > 0 && (
            <>
              <rect
                x={x(anomaly.startedAt)}
                width={Math.max(2, x(anomaly.endedAt ?? to) - x(anomaly.startedAt))}
                y={TOP}
                height={HEIGHT - TOP - AXIS}
                fill="var(--color-bad)"
                opacity="0.09"
              />
              {createTimeTicks(from, to, Math.max(2, Math.floor(plot / 110))).map((tick) => (
                <text
                  key={tick.time}
                  x={Math.max(16, x(tick.time))}
                  y={HEIGHT - 3}
                  textAnchor="middle"
                  fontSize="11"
                  fill="var(--color-faint)"
                >
                  {tick.label}
                </text>
              ))}
              <line x1={0} x2={plot} y1={HEIGHT - AXIS} y2={HEIGHT - AXIS} stroke="var(--color-line)" />
              <path d={area(low, high, xOf, y)} fill="var(--color-accent)" opacity="0.15" />
              <path d={line(middle, xOf, y)} fill="none" stroke="var(--color-accent)" strokeDasharray="3 3" />
              <path
                d={line(value, xOf, y)}
                fill="none"
                stroke="var(--color-ink)"
                strokeWidth="1.5"
                strokeLinejoin="round"
              />
              {value.map((one, index) =>
                one !== null && isOut(one, low[index], high[index]) ? (
                  <circle key={time[index]} cx={xOf(index)} cy={y(one)} r="2.8" fill="var(--color-bad)" />
                ) : null,
              )}
              {shown !== null && (
                <line
                  x1={xOf(shown)}
                  x2={xOf(shown)}
                  y1={TOP}
                  y2={HEIGHT - AXIS}
                  stroke="var(--color-ink)"
                  opacity="0.5"
                />
              )}
              <text x={plot + 8} y={TOP + 9} fontSize="11" fill="var(--color-faint)">
                {format(peak)}
              </text>
            </>
          )}
        </svg>
      </div>
      <figcaption className="min-h-5 pt-1 text-small text-muted">
        {shown === null ? (
          <>The line is what was measured; the band is where it was expected.</>
        ) : (
          <>
            {formatClock(time[shown] ?? from)}: <strong className="text-ink">{format(value[shown])}</strong>, expected{" "}
            {format(low[shown])} to {format(high[shown])}
          </>
        )}
      </figcaption>
    </figure>
  );
}

function isOut(value: number, low: number | null | undefined, high: number | null | undefined): boolean {
  return (low != null && value < low) || (high != null && value > high);
}

type Scale = (value: number) => number;

function line(values: (number | null)[], x: Scale, y: Scale): string {
  let path = "";
  let open = false;
  values.forEach((value, index) => {
    if (value === null) open = false;
    else {
      path += `${open ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
      open = true;
    }
  });
  return path;
}

function area(low: (number | null)[], high: (number | null)[], x: Scale, y: Scale): string {
  const known = high.flatMap((top, index) => (top === null ? [] : [{ index, top, floor: low[index] ?? 0 }]));
  if (known.length < 2) return "";
  const upper = known.map(({ index, top }) => `${x(index).toFixed(1)} ${y(top).toFixed(1)}`).join("L");
  const lower = known.toReversed().map(({ index, floor }) => `${x(index).toFixed(1)} ${y(floor).toFixed(1)}`);
  return `M${upper}L${lower.join("L")}Z`;
}
