import type { RollupCell, RollupTable } from "../../model/rollup.ts";
import { Sketch } from "../../model/sketch.ts";
import type { TelemetryStore } from "../../model/store.ts";
import { listResolutions } from "../queries/choose-resolution.ts";
import type { Span } from "../queries/resolve-span.ts";
import { BOUNDS_S, routeLabels, type Column } from "./http-metrics.ts";
import type { Labels } from "./match-labels.ts";
import { tooMuch } from "./query-error.ts";

/** Numbers that one query may hold of cells: 16 MB. */
const MAX_NUMBERS = 2_000_000;
const MAX_CELLS = 3_000;
const DAY_MS = 86_400_000;
const KEPT_MS = 800 * DAY_MS;
/** Cells of one question to the store, where every route has a row of its own. */
const SLICE_CELLS = 60;
const BOUNDS_US = BOUNDS_S.map((seconds) => seconds * 1e6);

export interface CellsQuestion {
  job: string;
  projectId: number;
  /** Epoch milliseconds. */
  from: number;
  to: number;
  now: number;
  /** Whether rows of routes are needed, or the whole project will do. */
  byRoute: boolean;
  /** `METHOD route`, when only that one is asked for. */
  onlyRoute: string | null;
  columns: readonly Column[];
  /** Times on which cells should end: multiples of these lie on a cell's edge where that can be had. */
  strides: readonly number[];
  accept(labels: Labels): boolean;
}

/** Increments of one row, cell by cell. */
export interface CellRow {
  labels: Labels;
  columns: ReadonlyMap<Column, Float64Array>;
}

export interface Cells {
  /** Start of the first cell. */
  from: number;
  cellMs: number;
  rows: CellRow[];
}

/** Reads the rollups piece by piece and keeps a few numbers of each cell. @throws QueryError when there are too many. */
export async function loadCells(telemetry: Pick<TelemetryStore, "rollups">, question: CellsQuestion): Promise<Cells> {
  // Nothing lies beyond, whatever is asked for.
  const span = {
    from: Math.max(question.from, question.now - KEPT_MS),
    to: Math.min(question.to, question.now + DAY_MS),
  };
  const { table, cellMs } = chooseTable(span, question);
  const from = Math.floor(span.from / cellMs) * cellMs;
  const cells = Math.max(1, Math.ceil((span.to - from) / cellMs));
  const rows = new Map<string, CellRow | null>();
  let numbers = 0;
  const slice = question.byRoute && question.onlyRoute === null ? SLICE_CELLS : cells;
  for (let first = 0; first < cells; first += slice) {
    const start = from + first * cellMs;
    const end = from + Math.min(cells, first + slice) * cellMs;
    const found = await telemetry.rollups(table, question.projectId, start, end, question.onlyRoute ?? undefined);
    for (const cell of found) {
      const key = cell.route ?? "";
      let row = rows.get(key);
      if (row === undefined) {
        const labels = routeLabels(question.job, cell.route);
        row = null;
        if (question.accept(labels)) {
          numbers += cells * question.columns.length;
          if (numbers > MAX_NUMBERS) throw tooMuch();
          row = { labels, columns: new Map(question.columns.map((column) => [column, new Float64Array(cells)])) };
        }
        rows.set(key, row);
      }
      if (row !== null) addCell(row, Math.round((cell.time - from) / cellMs), cell);
    }
  }
  return { from, cellMs, rows: [...rows.values()].filter((row) => row !== null) };
}

/** The coarsest cells that end where the question's times do; else the finest of which there are not too many. */
function chooseTable(span: Span, { now, byRoute, strides }: CellsQuestion): { table: RollupTable; cellMs: number } {
  const resolutions = listResolutions(span, now, byRoute);
  const fitting = resolutions.findLast(({ cellMs }) => strides.every((stride) => stride % cellMs === 0));
  const isFair = ({ cellMs }: { cellMs: number }) => (span.to - span.from) / cellMs <= MAX_CELLS;
  if (fitting !== undefined && isFair(fitting)) return fitting;
  return resolutions.find(isFair) ?? resolutions.at(-1)!;
}

function addCell({ columns }: CellRow, at: number, cell: RollupCell): void {
  let buckets: number[] | undefined;
  for (const [column, numbers] of columns) {
    if (at >= numbers.length) continue;
    switch (column) {
      case "requests":
        numbers[at]! += cell.count;
        break;
      case "clientErrors":
        numbers[at]! += cell.clientErrors;
        break;
      case "serverErrors":
        numbers[at]! += cell.errors;
        break;
      case "other":
        numbers[at]! += cell.count - cell.errors - cell.clientErrors;
        break;
      case "seconds":
        numbers[at]! += cell.sumUs / 1e6;
        break;
      default:
        buckets ??= Sketch.parse(cell.sketch).countUpTo(BOUNDS_US);
        numbers[at]! += buckets[Number(column.slice(2))] ?? 0;
    }
  }
}
