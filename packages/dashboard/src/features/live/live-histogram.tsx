import { useWidth } from "../../components/use-width.ts";
import { formatCount } from "../../lib/format.ts";
import { HISTOGRAM_BUCKETS, HISTOGRAM_STEP_MS, type LiveState } from "../../lib/live-rows.ts";

const HEIGHT = 52;

/** Requests in steps of ten seconds, the failed ones in red, the newest at the right. */
export function LiveHistogram({ buckets }: { buckets: LiveState["buckets"] }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const newest = Math.max(0, ...buckets.keys());
  const first = newest - (HISTOGRAM_BUCKETS - 1) * HISTOGRAM_STEP_MS;
  const peak = Math.max(1, ...[...buckets.values()].map((bucket) => bucket.requests));
  const step = width / HISTOGRAM_BUCKETS;
  let requests = 0;
  let errors = 0;
  for (const bucket of buckets.values()) {
    requests += bucket.requests;
    errors += bucket.errors;
  }
  return (
    <div ref={ref} className="relative" style={{ height: HEIGHT }}>
      <svg
        width="100%"
        height={HEIGHT}
        role="img"
        aria-label={`${formatCount(requests)} requests and ${formatCount(errors)} failed ones since this page was opened, in steps of ten seconds.`}
        className="block"
      >
        <line x1="0" x2="100%" y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="var(--color-line)" />
        {Array.from({ length: HISTOGRAM_BUCKETS }, (_, index) => {
          const bucket = buckets.get(first + index * HISTOGRAM_STEP_MS);
          if (!bucket || width === 0) return null;
          const full = Math.max(2, (bucket.requests / peak) * (HEIGHT - 4));
          const bad = bucket.errors > 0 ? Math.max(2, (bucket.errors / peak) * (HEIGHT - 4)) : 0;
          const at = { x: index * step, width: Math.max(1, step - 2) };
          return (
            <g key={index}>
              <rect {...at} y={HEIGHT - full} height={full} fill="var(--color-accent)" opacity="0.5" rx="1" />
              <rect {...at} y={HEIGHT - bad} height={bad} fill="var(--color-bad)" rx="1" />
            </g>
          );
        })}
      </svg>
      <span className="absolute top-0 left-0 text-tiny text-faint">10 min, 10 s a bar</span>
    </div>
  );
}
