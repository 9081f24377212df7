import type { FastifyInstance } from "fastify";
import type { MetricFamily } from "./format-metrics.ts";

/** Seconds; those of Prometheus' own clients. */
const BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Durations of requests, by the bounds above. */
class Durations {
  private readonly buckets = BOUNDS_S.map(() => 0);
  private count = 0;
  private sum = 0;

  add(seconds: number): void {
    this.count++;
    this.sum += seconds;
    BOUNDS_S.forEach((bound, index) => {
      if (seconds <= bound) this.buckets[index]!++;
    });
  }

  toFamily(name: string, help: string): MetricFamily {
    return {
      name,
      type: "histogram",
      help,
      samples: [
        ...BOUNDS_S.map((bound, index) => ({
          suffix: "_bucket",
          labels: { le: String(bound) },
          value: this.buckets[index]!,
        })),
        { suffix: "_bucket", labels: { le: "+Inf" }, value: this.count },
        { suffix: "_sum", value: this.sum },
        { suffix: "_count", value: this.count },
      ],
    };
  }
}

/** What the server itself has answered since its start. */
export interface HttpCounts {
  /** Under names that begin with this. */
  toFamilies(prefix: string): MetricFamily[];
  detections(name: string): MetricFamily;
}

/** Counts every request of the app and of its scopes; to be called before they are loaded. */
export function countRequests(app: FastifyInstance): HttpCounts {
  const requests = new Map<string, { method: string; status: string; count: number }>();
  const all = new Durations();
  const detections = new Durations();
  app.addHook("onResponse", async (request, reply) => {
    const seconds = reply.elapsedTime / 1000;
    const method = METHODS.has(request.method) ? request.method : "_OTHER";
    const status = String(reply.statusCode);
    const key = `${method} ${status}`;
    const known = requests.get(key);
    if (known === undefined) requests.set(key, { method, status, count: 1 });
    else known.count++;
    all.add(seconds);
    if (request.routeOptions.url?.endsWith("/detect") === true) detections.add(seconds);
  });
  return {
    toFamilies: (prefix) => [
      {
        name: `${prefix}http_requests_total`,
        type: "counter",
        help: "Requests that the server has answered.",
        samples: Array.from(requests.values(), ({ method, status, count }) => ({
          labels: { method, status },
          value: count,
        })),
      },
      all.toFamily(`${prefix}http_request_duration_seconds`, "Time from a request's head to the end of its answer."),
    ],
    detections: (name) => detections.toFamily(name, "Time that requests for detection took."),
  };
}
