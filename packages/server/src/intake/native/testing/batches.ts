/** Test support: batches with everything that the native wire can say. */

const ID = "0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a";
const TRACE_ID = "0123456789abcdef0123456789abcdef";

const REQUEST = {
  type: "request",
  method: "GET",
  route: "/a/:id",
  path: "/a/1",
  status: 200,
  durationMs: 1.5,
  requestId: "r-1",
  traceId: TRACE_ID,
  spanId: "0123456789abcdef",
  requestBytes: 5,
  responseBytes: 7,
  aborted: false,
  client: "10.0.0.1",
  userAgent: "UA",
  userId: "7",
  errorId: "e1",
  host: "shop",
  scheme: "https",
  attributes: { tenant: 7 },
};

/** An error without its time. */
export const NATIVE_ERROR = {
  type: "error",
  id: "e1",
  level: "error",
  handled: false,
  mechanism: "throw",
  count: 2,
  fingerprint: ["{{ default }}", "x"],
  exceptions: [
    {
      type: "TypeError",
      message: "boom",
      module: "m",
      code: "ECONNREFUSED",
      rawStack: "s",
      frames: [
        {
          file: "a.ts",
          function: "f",
          module: "m",
          line: 1,
          column: 2,
          inApp: true,
          context: { pre: ["a"], line: "b", post: ["c"] },
        },
      ],
    },
    { type: "Error", message: "cause", frames: [], parent: 0, relation: "cause" },
  ],
  request: {
    method: "POST",
    url: "/a?b=c",
    route: null,
    headers: { accept: "*/*", via: ["a", "b"] },
    query: { b: "c" },
    body: { a: 1 },
    contentType: "application/json",
    client: "10.0.0.1",
    userAgent: "UA",
    status: 500,
  },
  user: { authenticated: true, id: 7, username: "ada", email: null },
  breadcrumbs: [{ time: 1, category: "log", level: "info", message: "m", data: { a: 1 } }],
  attributes: { a: 1 },
  custom: { b: 2 },
};

const OTHERS = [
  { type: "log", level: "info", message: "m", attributes: { a: 1 }, requestId: "r" },
  { type: "metric", name: "m", kind: "gauge", value: 1, unit: "ms" },
  { type: "custom", name: "order", attributes: { a: 1 } },
];

/** One event of each type. */
export function makeEvents(time: number): { type: string; time: number }[] {
  return [REQUEST, NATIVE_ERROR, ...OTHERS].map((event) => ({ ...event, time }));
}

/** Three requests, so many milliseconds after the first time. */
export function makeColumns(t0: number, time = [0, 1, 2]): object {
  return {
    n: 3,
    t0,
    time,
    durationUs: [1, 2, 3],
    status: [200, 404, 500],
    method: [0, 0, "POST"],
    path: [1, 1, "/b"],
    route: [1, null, null],
    requestId: ["a", "b", null],
    traceId: [null, TRACE_ID, null],
    userAgent: [2, 2, null],
    responseBytes: [1, null, 3],
    aborted: [0, 0, 1],
    attributes: [3, null, '{"b":2}'],
  };
}

export function wrapEvents(events: readonly unknown[]): object {
  return { batch: ID, sentAt: 1, events };
}

export function wrapColumns(request: object): object {
  return {
    batch: ID,
    sentAt: 1,
    resource: { service: "shop", pid: 1, sdk: { name: "a", version: "1" } },
    drops: { sampled: 1 },
    dict: ["GET", "/a", "UA", '{"a":1}'],
    columns: { request },
  };
}
