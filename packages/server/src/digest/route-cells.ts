import type { RollupDelta, RollupTable } from "../model/rollup.ts";
import { Sketch } from "../model/sketch.ts";

const MINUTE_MS = 60_000;
const FIVE_MINUTES_MS = 5 * MINUTE_MS;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Counts of one minute, five minutes, hour or day. Durations in microseconds. */
export interface Cell {
  /** Epoch milliseconds of its start. */
  time: number;
  count: number;
  errors: number;
  clientErrors: number;
  sumUs: number;
  maxUs: number;
  sketch: Sketch;
}

/** The minutes of one route within a unit. */
export class RouteSeries {
  readonly key: string;
  readonly cells = new Map<number, Cell>();
  private current: Cell | undefined;

  constructor(key: string) {
    this.key = key;
  }

  add(time: number, durationUs: number, status: number): void {
    let cell = this.current;
    if (cell === undefined || time < cell.time || time >= cell.time + MINUTE_MS) cell = this.enter(time);
    cell.count++;
    if (status >= 400) {
      if (status < 500) cell.clientErrors++;
      else if (status < 600) cell.errors++;
    }
    // Nothing takes no time: some clients do not measure it.
    if (durationUs === 0) return;
    cell.sumUs += durationUs;
    if (durationUs > cell.maxUs) cell.maxUs = durationUs;
    cell.sketch.add(durationUs);
  }

  private enter(time: number): Cell {
    const start = time - (time % MINUTE_MS);
    let cell = this.cells.get(start);
    if (!cell) this.cells.set(start, (cell = createCell(start)));
    this.current = cell;
    return cell;
  }
}

/** Minutes are counted once; longer cells and whole projects are merged from them. */
export function buildRollups(projectId: number, series: readonly RouteSeries[]): Map<RollupTable, RollupDelta[]> {
  const serialised = new Map<Sketch, Uint8Array>();
  const toDelta = (route: string | null, cell: Cell): RollupDelta => {
    let sketch = serialised.get(cell.sketch);
    // A coarse cell that has a single part shares its sketch, which is then written once.
    if (!sketch) serialised.set(cell.sketch, (sketch = cell.sketch.toBytes()));
    const { time, count, errors, clientErrors, sumUs, maxUs } = cell;
    return { projectId, time, route, count, errors, clientErrors, sumUs, maxUs, sketch };
  };
  const minutes: Cell[] = [];
  const byRoute = new Map<RollupTable, RollupDelta[]>([
    ["minute_route", []],
    ["five_minute_route", []],
    ["hour_route", []],
    ["day_route", []],
  ]);
  for (const { key, cells } of series) {
    minutes.push(...cells.values());
    for (const [table, merged] of coarsen([...cells.values()]))
      for (const cell of merged) byRoute.get(`${table}_route`)!.push(toDelta(key, cell));
  }
  const whole = coarsen(mergeCells(minutes, MINUTE_MS)).map(
    ([table, cells]) => [table, cells.map((cell) => toDelta(null, cell))] as const,
  );
  return new Map<RollupTable, RollupDelta[]>([...byRoute, ...whole]);
}

type Resolution = "minute" | "five_minute" | "hour" | "day";

/** Each resolution is merged from the one before, so that the cells become fewer at every step. */
function coarsen(minutes: Cell[]): [Resolution, Cell[]][] {
  const fives = mergeCells(minutes, FIVE_MINUTES_MS);
  const hours = mergeCells(fives, HOUR_MS);
  return [
    ["minute", minutes],
    ["five_minute", fives],
    ["hour", hours],
    ["day", mergeCells(hours, DAY_MS)],
  ];
}

function mergeCells(parts: readonly Cell[], stepMs: number): Cell[] {
  const merged = new Map<number, Cell[]>();
  for (const part of parts) {
    const start = part.time - (part.time % stepMs);
    const group = merged.get(start);
    if (group) group.push(part);
    else merged.set(start, [part]);
  }
  return Array.from(merged, ([time, group]) => {
    if (group.length === 1) return { ...group[0]!, time };
    const sum = createCell(time);
    for (const part of group) {
      sum.count += part.count;
      sum.errors += part.errors;
      sum.clientErrors += part.clientErrors;
      sum.sumUs += part.sumUs;
      if (part.maxUs > sum.maxUs) sum.maxUs = part.maxUs;
      sum.sketch.merge(part.sketch);
    }
    return sum;
  });
}

function createCell(time: number): Cell {
  return { time, count: 0, errors: 0, clientErrors: 0, sumUs: 0, maxUs: 0, sketch: new Sketch() };
}
