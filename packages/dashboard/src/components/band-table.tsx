import type { Band } from "./band-chart.tsx";

/** The same figures as the chart, newest first, for those who read rather than look. */
export function BandTable({ title, time, bands }: { title: string; time: number[]; bands: Band[] }) {
  const rows = time.map((_, index) => index).toReversed();
  return (
    <div className="h-full overflow-auto" tabIndex={0} role="region" aria-label={`${title}, as a table`}>
      <table className="w-full text-right">
        <thead className="sticky top-0 bg-surface">
          <tr className="text-small text-muted">
            <th scope="col" className="py-1 text-left font-medium">
              Time
            </th>
            {bands.map((band) => (
              <th key={band.name} scope="col" className="py-1 font-medium">
                {band.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((index) => (
            <tr key={index} className="border-t border-line">
              <th scope="row" className="text-left font-normal text-muted">
                {new Date(time[index] ?? 0).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" })}
              </th>
              {bands.map((band) => {
                const value = band.values[index];
                return <td key={band.name}>{value == null ? "–" : band.format(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
