import type { IssueRow, IssueState, Severity } from "@gatewatch/protocol";
import { createRandom } from "./mock-random.ts";

const HOUR = 3_600_000;

type Seed = [
  title: string,
  culprit: string,
  state: IssueState,
  severity: Severity,
  level: IssueRow["level"],
  route: string,
  events: number,
  users: number,
  ageHours: number,
  idleMinutes: number,
  shape: "steady" | "spike" | "new" | "rare",
];

const SEEDS: Seed[] = [
  [
    "TypeError: Cannot read properties of undefined (reading 'price')",
    "src/lib/price.ts:42 in totalOf",
    "new",
    "high",
    "error",
    "POST /checkout",
    482,
    121,
    2,
    0.1,
    "new",
  ],
  [
    "PaymentGatewayError: connect ECONNREFUSED 10.2.0.14:8443",
    "src/services/payment.ts:88 in charge",
    "regressed",
    "critical",
    "error",
    "POST /checkout",
    1934,
    407,
    412,
    0.4,
    "spike",
  ],
  [
    'ValidationError: "quantity" must be a positive number',
    "src/routes/cart.ts:31 in addItem",
    "ongoing",
    "low",
    "warning",
    "POST /cart/:id/items",
    12480,
    3120,
    690,
    0.3,
    "steady",
  ],
  [
    "QueryTimeout: statement took longer than 5000 ms",
    "src/db/search-products.ts:19 in searchProducts",
    "ongoing",
    "medium",
    "error",
    "GET /products",
    233,
    190,
    96,
    3,
    "steady",
  ],
  [
    "UnhandledRejection: mail template 'receipt' is missing",
    "src/jobs/send-receipt.ts:12 in sendReceipt",
    "new",
    "medium",
    "error",
    "POST /checkout",
    57,
    44,
    5,
    7,
    "new",
  ],
  [
    "<img src=x onerror=alert(1)> is not a valid coupon",
    "src/routes/coupon.ts:9 in <script>alert(2)</script>",
    "new",
    "low",
    "error",
    "POST /coupon",
    3,
    1,
    1,
    18,
    "rare",
  ],
  [
    "SyntaxError: Unexpected token '<', \"<!doctype \"... is not valid JSON",
    "src/services/inventory.ts:27 in loadStock",
    "ongoing",
    "medium",
    "error",
    "GET /products/:id",
    91,
    63,
    240,
    25,
    "rare",
  ],
  [
    "RangeError: Maximum call stack size exceeded",
    "src/lib/category-tree.ts:14 in flatten",
    "ignored",
    "high",
    "fatal",
    "GET /categories",
    12,
    9,
    800,
    1700,
    "rare",
  ],
  [
    "Error: ENOSPC: no space left on device, write",
    "src/lib/upload.ts:61 in saveImage",
    "resolved",
    "critical",
    "fatal",
    "POST /admin/images",
    340,
    4,
    1200,
    4400,
    "rare",
  ],
  [
    "AggregateError: all 3 replicas refused the read",
    "src/db/replica.ts:77 in readAny",
    "ongoing",
    "high",
    "error",
    "GET /orders/:id",
    76,
    51,
    61,
    41,
    "rare",
  ],
];

const MORE = [
  "Timeout",
  "NotFound",
  "Conflict",
  "Forbidden",
  "Overflow",
  "Parse",
  "Upstream",
  "Cache",
  "Lock",
  "Session",
];

export function createMockIssues(now: number): IssueRow[] {
  const random = createRandom(7);
  const rows = SEEDS.map((seed, index) => createIssue(seed, index + 1, now, random));
  for (let index = 0; index < 160; index++) {
    const kind = MORE[index % MORE.length] ?? "Other";
    rows.push(
      createIssue(
        [
          `${kind}Error: ${kind.toLowerCase()} while handling part ${index + 11}`,
          `src/parts/part-${index + 11}.ts:${20 + index} in run`,
          index % 6 === 5 ? "resolved" : index % 9 === 8 ? "ignored" : "ongoing",
          index % 4 === 0 ? "medium" : "low",
          index % 5 === 0 ? "warning" : "error",
          `GET /parts/${index + 11}`,
          2 + Math.floor(random() * 60),
          1 + Math.floor(random() * 30),
          100 + index * 3,
          60 + index * 37,
          "rare",
        ],
        index + SEEDS.length + 1,
        now,
        random,
      ),
    );
  }
  return rows;
}

function createIssue(seed: Seed, id: number, now: number, random: () => number): IssueRow {
  const [title, culprit, state, severity, level, route, events, users, ageHours, idleMinutes, shape] = seed;
  return {
    id,
    projectId: 1,
    title,
    culprit,
    level,
    state,
    severity,
    firstSeen: now - ageHours * HOUR,
    lastSeen: now - idleMinutes * 60_000,
    events,
    users,
    firstRelease: ageHours > 48 ? "1.3.9" : "1.4.1",
    lastRelease: "1.4.1",
    routes: [route],
    trend: createTrend(shape, events, random),
    analysed: id % 3 !== 0,
  };
}

function createTrend(shape: Seed[10], events: number, random: () => number): number[] {
  return Array.from({ length: 24 }, (_, hour) => {
    switch (shape) {
      case "steady":
        return Math.round((events / 300) * (0.6 + random() * 0.8) * (1 + Math.sin(hour / 4) * 0.4));
      case "spike":
        return hour < 17
          ? Math.round(random() * 8)
          : Math.round((events / 8) * (0.2 + (hour - 17) * 0.13 + random() * 0.1));
      case "new":
        return hour < 22 ? 0 : Math.round(events / 2.2 + random() * 20);
      case "rare":
        return random() < 0.2 ? Math.ceil(random() * 4) : 0;
    }
  });
}
