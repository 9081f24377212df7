/** Rows that one statement writes: far below every engine's bound on parameters. */
const ROWS_PER_STATEMENT = 200;

export function* slices<T>(rows: readonly T[], size: number = ROWS_PER_STATEMENT): Generator<T[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}
