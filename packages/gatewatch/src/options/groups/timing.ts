import { parseSlowRoutes, type SlowRoutes } from "../values/slow-limits.ts";
import { BOOLEAN, type GroupSpec, integer } from "../option-kinds.ts";
import { fromSeconds } from "../values/from-seconds.ts";
import { readJson } from "../values/read-json.ts";

export interface TimingOptions {
  /** @default true */
  enabled: boolean;
  /** Requests that take longer (ms) are warned about; 0 never. @default 1000 */
  slowMs: number;
  /** Other limits by route or path (`{ "POST /videos": 5000, "/reports*": 0 }`). @default null */
  slowRoutes: SlowRoutes | null;
  /** Answers carry `X-Processing-Time: 0.123s`. @default false */
  processingTimeHeader: boolean;
  /** Answers carry `Server-Timing: app;dur=123.4` and what the app adds. @default false */
  serverTimingHeader: boolean;
  /** Answers carry `X-Request-Count`: requests that this process has begun. @default false */
  requestCountHeader: boolean;
  /** Answers carry `X-Memory-Delta: 0.00MB`: of the whole process, since the request began. @default false */
  memoryDeltaHeader: boolean;
  /** Answers carry `X-CPU-Delta: 0.0%`: of the whole process, since the request began. @default false */
  cpuDeltaHeader: boolean;
  /** How often the process's event loop, CPU and memory become metrics (ms); 0 never. @default 60000 */
  processMetricsMs: number;
  /** Resident memory of the process that is warned about (bytes), once until it has fallen; 0 never. @default 0 */
  highMemoryBytes: number;
  /** Growth of it between two samples that is warned about (bytes); 0 never. @default 0 */
  memoryGrowthBytes: number;
}

const MAX_BYTES = 1_099_511_627_776;

export const TIMING_SPEC: GroupSpec<TimingOptions> = {
  enabled: { default: true, kind: BOOLEAN, doc: "The timing layer.", names: ["track_performance"] },
  slowMs: {
    default: 1000,
    kind: integer(0, 3_600_000),
    doc: "Requests that take longer are warned about; 0 never.",
    names: [
      { name: "slow_request_threshold", convert: fromSeconds },
      { name: "slow_threshold", convert: fromSeconds },
    ],
  },
  slowRoutes: {
    default: null,
    kind: {
      type: "code",
      allowed: 'an object such as { "/reports*": 5000, "POST /videos": 0 }, in milliseconds',
      parse: parseSlowRoutes,
      fromText: readJson,
    },
    doc: "Other limits by path or route template, with a method before it where it matters.",
  },
  processingTimeHeader: { default: false, kind: BOOLEAN, doc: "Answers carry `X-Processing-Time: 0.123s`." },
  serverTimingHeader: {
    default: false,
    kind: BOOLEAN,
    doc: "Answers carry `Server-Timing: app;dur=123.4`, and what the app adds by `req.gatewatch.timing()`.",
  },
  requestCountHeader: {
    default: false,
    kind: BOOLEAN,
    doc: "Answers carry `X-Request-Count`: the requests that this process has begun.",
  },
  memoryDeltaHeader: {
    default: false,
    kind: BOOLEAN,
    doc: "Answers carry `X-Memory-Delta: 0.00MB`: of the whole process while the request ran, others' share included.",
    names: ["memory_tracking"],
  },
  cpuDeltaHeader: {
    default: false,
    kind: BOOLEAN,
    doc: "Answers carry `X-CPU-Delta: 0.0%`: of the whole process while the request ran, others' share included; 100 % is one core.",
  },
  processMetricsMs: {
    default: 60_000,
    kind: integer(0, 86_400_000),
    doc: "How often the process's event loop, CPU, memory and open requests become metrics; 0 never.",
  },
  highMemoryBytes: {
    default: 0,
    kind: integer(0, MAX_BYTES),
    doc: "Resident memory of the process that is warned about, once until it has fallen by a tenth; 0 never.",
  },
  memoryGrowthBytes: {
    default: 0,
    kind: integer(0, MAX_BYTES),
    doc: "Growth of it between two samples that is warned about; 0 never.",
    names: ["memory_threshold"],
  },
};
