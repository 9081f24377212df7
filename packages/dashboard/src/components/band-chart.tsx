import { useState } from "react";
import { BandTable } from "./band-table.tsx";
import { Button } from "./button.tsx";
import { createTimeTicks } from "./time-ticks.ts";
import { useWidth } from "./use-width.ts";

export interface Band {
  name: string;
  kind: "area" | "bars" | "line";
  /** A CSS colour. */
  color: string;
  values: (number | null)[];
  /** Upper edge of a pale range above the line, for example the maximum. */
  high?: (number | null)[];
  format: (value: number) => string;
  /** The figure while nothing is pointed at. */
  summary: string;
  /** Whose greatest value the scale ends with. @default "max" */
  peakName?: string;
  weight: number;
}

interface Props {
  title: string;
  /** One sentence that says what the picture shows. */
  sentence: string;
  time: number[];
  stepMs: number;
  bands: Band[];
  height: number;
  /** The last bucket is not over yet: it is drawn as a promise. */
  partial: boolean;
  /** Stretches of time to look at. */
  marks?: Mark[];
}

export interface Mark {
  key: string;
  from: number;
  to: number;
  name: string;
}

const AXIS = 20;
const GAP = 10;
const SCALE = 54;
const NARROW_LABEL = 16;

/** Several measures over one time axis, one band each, with one cursor through all of them. */
export function BandChart(props: Props) {
  const [table, setTable] = useState(false);
  return (
    <section className="panel px-4 pt-2.5 pb-2" aria-label={props.title}>
      <header className="flex items-center justify-between pb-1">
        <h2 className="heading">{props.title}</h2>
        <Button tone="quiet" icon={table ? "chart" : "table"} className="h-6" onClick={() => setTable(!table)}>
          {table ? "View as chart" : "View as table"}
        </Button>
      </header>
      <div style={{ height: props.height }}>{table ? <BandTable {...props} /> : <Picture {...props} />}</div>
    </section>
  );
}

function Picture({ sentence, time, stepMs, bands, height, partial, marks = [] }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const [cursor, setCursor] = useState<number | null>(null);
  const labels = width >= 520 ? 104 : 0;
  const gap = labels ? GAP : NARROW_LABEL;
  const plot = Math.max(0, width - labels - SCALE);
  const from = time[0] ?? 0;
  const to = (time.at(-1) ?? 0) + stepMs;
  const x = (at: number) => labels + ((at - from) / Math.max(1, to - from)) * plot;
  const total = bands.reduce((sum, band) => sum + band.weight, 0);
  const room = height - AXIS - gap * bands.length;
  let top = 0;
  const placed = bands.map((band) => {
    const size = (room * band.weight) / total;
    const at = { band, top: top + gap, size };
    top += size + gap;
    return at;
  });
  const point = cursor === null ? null : Math.min(time.length - 1, Math.max(0, cursor));
  return (
    <div
      ref={ref}
      className="relative"
      onPointerMove={(event) => {
        const at = event.clientX - event.currentTarget.getBoundingClientRect().left - labels;
        setCursor(at < 0 || at > plot || plot === 0 ? null : Math.floor((at / plot) * time.length));
      }}
      onPointerLeave={() => setCursor(null)}
    >
      <svg width="100%" height={height} role="img" aria-label={sentence} className="block">
        {plot > 0 &&
          createTimeTicks(from, to, Math.max(2, Math.floor(plot / 110))).map((tick) => (
            <g key={tick.time}>
              <line
                x1={x(tick.time)}
                x2={x(tick.time)}
                y1={GAP}
                y2={height - AXIS + 3}
                stroke="var(--color-line)"
                strokeDasharray="1 3"
              />
              <text
                x={Math.max(labels + 16, x(tick.time))}
                y={height - 4}
                textAnchor="middle"
                fontSize="11"
                fill="var(--color-faint)"
              >
                {tick.label}
              </text>
            </g>
          ))}
        {plot > 0 &&
          marks.map((mark) => {
            const left = x(Math.max(from, mark.from));
            const size = Math.max(3, x(Math.min(to, mark.to)) - left);
            return (
              <g key={mark.key} fill="var(--color-bad)">
                <title>{mark.name}</title>
                <rect x={left} y={GAP} width={size} height={height - AXIS - GAP} opacity="0.07" />
                <rect x={left} y={height - AXIS - 1.5} width={size} height="3" rx="1.5" />
              </g>
            );
          })}
        {plot > 0 &&
          placed.map((at) => <BandMarks key={at.band.name} {...at} left={labels} width={plot} partial={partial} />)}
        {point !== null && plot > 0 && (
          <line
            x1={x((time[point] ?? from) + stepMs / 2)}
            x2={x((time[point] ?? from) + stepMs / 2)}
            y1={GAP}
            y2={height - AXIS}
            stroke="var(--color-ink)"
            strokeWidth="1"
            opacity="0.55"
          />
        )}
      </svg>
      {placed.map(({ band, top: offset, size }) => {
        const value = point === null ? undefined : band.values[point];
        return (
          <div
            key={band.name}
            className={`pointer-events-none absolute left-0 flex ${labels ? "flex-col justify-end" : "items-center gap-2"}`}
            style={labels ? { top: offset, height: size, width: labels - 12 } : { top: offset - NARROW_LABEL }}
          >
            <span className="flex items-center gap-1.5 text-small text-muted">
              <span className="size-2 rounded-full" style={{ background: band.color }} />
              {band.name}
            </span>
            <span className={`clip font-semibold ${labels ? "" : "text-small"}`}>
              {point === null ? band.summary : value == null ? "–" : band.format(value)}
            </span>
          </div>
        );
      })}
      {point !== null && time[point] !== undefined && labels > 0 && (
        <span className="pointer-events-none absolute bottom-0 left-0 text-small text-faint">
          {new Date(time[point]).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" })}
        </span>
      )}
    </div>
  );
}

function BandMarks(props: { band: Band; top: number; size: number; left: number; width: number; partial: boolean }) {
  const { band, top, size, left, width, partial } = props;
  const last = band.values.length - 1;
  const drawn = partial ? band.values.slice(0, last) : band.values;
  const peak = Math.max(0, ...band.values.map((value) => value ?? 0), ...(band.high ?? []).map((value) => value ?? 0));
  const step = width / Math.max(1, band.values.length);
  const y = (value: number) => top + size - (peak > 0 ? (value / peak) * size : 0);
  const x = (index: number) => left + (index + 0.5) * step;
  return (
    <g>
      <line x1={left} x2={left + width} y1={top + size} y2={top + size} stroke="var(--color-line)" />
      {band.kind === "bars" &&
        band.values.map((value, index) =>
          value ? (
            <rect
              key={index}
              x={left + index * step + Math.min(0.5, step * 0.1)}
              width={Math.max(1, step - Math.min(1, step * 0.2))}
              y={Math.min(y(value), top + size - 1.5)}
              height={Math.max(1.5, top + size - y(value))}
              fill={band.color}
              opacity={partial && index === last ? 0.5 : 1}
            />
          ) : null,
        )}
      {band.kind === "area" && <path d={closePath(drawn, x, y, top + size)} fill={band.color} opacity="0.16" />}
      {band.high && <path d={rangePath(drawn, band.high, x, y)} fill={band.color} opacity="0.13" />}
      {band.kind !== "bars" && (
        <path d={linePath(drawn, x, y)} fill="none" stroke={band.color} strokeWidth="1.5" strokeLinejoin="round" />
      )}
      {partial && band.kind !== "bars" && last > 0 && (
        <path
          d={linePath([band.values[last - 1] ?? null, band.values[last] ?? null], (at) => x(last - 1 + at), y)}
          fill="none"
          stroke={band.color}
          strokeWidth="1.5"
          strokeDasharray="2 3"
        />
      )}
      {peak > 0 && (
        <text x={left + width + 8} y={top + 9} fontSize="11" fill="var(--color-faint)">
          {band.format(peak)}
          <tspan x={left + width + 8} dy="12" fontSize="10">
            {band.peakName ?? "max"}
          </tspan>
        </text>
      )}
    </g>
  );
}

type Scale = (value: number) => number;

function linePath(values: (number | null)[], x: Scale, y: Scale): string {
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

function closePath(values: (number | null)[], x: Scale, y: Scale, floor: number): string {
  if (values.length === 0) return "";
  const line = values.map((value, index) => `L${x(index).toFixed(1)} ${y(value ?? 0).toFixed(1)}`).join("");
  return `M${x(0).toFixed(1)} ${floor}${line}L${x(values.length - 1).toFixed(1)} ${floor}Z`;
}

function rangePath(low: (number | null)[], high: (number | null)[], x: Scale, y: Scale): string {
  const known = low.flatMap((value, index) => {
    const top = high[index];
    return value !== null && top != null ? [{ index, value, top }] : [];
  });
  if (known.length < 2) return "";
  const upper = known.map((at) => `${x(at.index).toFixed(1)} ${y(at.top).toFixed(1)}`).join("L");
  const lower = known
    .toReversed()
    .map((at) => `${x(at.index).toFixed(1)} ${y(at.value).toFixed(1)}`)
    .join("L");
  return `M${upper}L${lower}Z`;
}
