import { escapeTerminal } from "./escape-terminal.ts";

/** Aligns rows under their headings; the last column takes what is left and is cut at `width`. */
export function formatTable(
  headings: string[],
  rows: (string | number)[][],
  width = process.stdout.columns ?? 120,
): string {
  const cells = [headings, ...rows.map((row) => row.map((cell) => escapeTerminal(String(cell))))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => {
    const line = row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join("  ");
    return line.length > width ? `${line.slice(0, Math.max(1, width - 1))}…` : line;
  });
  return lines.join("\n");
}
