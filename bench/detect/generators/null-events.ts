import type { DetectableEvent } from "../../../packages/detect/src/index.ts";
import { toHttpEvent } from "./http-events.ts";
import { Shop } from "./http-shop.ts";
import type { RandomSource } from "./random-source.ts";

/** The next event of a stream without any anomaly. */
export type NextEvent = (index: number) => { event: DetectableEvent; atMs: number };

const NAMES = ["Ana Ruiz", "Luis Gil", "Eva Sanz", "Noa Vidal", "Iker Lago", "Mar Soto"];
const KEYS = Array.from({ length: 5_000 }, (_, index) => `k${index}`);

/** Streams of events that are drawn independently from laws that never change. */
export const NULL_EVENTS: Readonly<Record<string, (random: RandomSource) => NextEvent>> = {
  "even payments of 200 users": (r) =>
    every(1_000, () => ({
      type: "payment",
      user_id: `u${r.whole(0, 199)}`,
      amount: (12 + r.next() * 298).toFixed(2),
      currency: r.pick(["EUR", "EUR", "EUR", "USD"]),
      cvv: String(r.whole(100, 999)),
      holder: `${r.pick(NAMES)} ${r.whole(0, 49)}`,
    })),
  "payments of ten users": (r) =>
    every(1_000, () => ({
      type: "payment",
      user_id: `u${r.whole(0, 9)}`,
      amount: (12 + r.exponential(50)).toFixed(2),
      currency: r.pick(["EUR", "EUR", "EUR", "USD"]),
    })),
  "jobs with heavy tails": (r) =>
    every(100, () => ({
      type: "job",
      worker: r.pick(["a", "b", "c", "d", "e", "f"]),
      duration_ms: 5 / (1 - r.next()) ** (1 / 1.5),
      bytes: Math.floor(Math.exp(r.normal(8, 2))),
    })),
  "log lines without senders": (r) =>
    every(50, () => ({
      kind: r.pickSkewed(["a", "b", "c", "d", "e", "f", "g", "h"]),
      v: r.normal(0, 1),
      w: r.normal(100, 5),
      tag: `t${Math.floor(r.exponential(30))}`,
      msg: `user ${r.whole(1, 99_999)} did ${r.pickSkewed(["login", "logout", "buy", "sell", "ask"])} in ${r.whole(1, 300)} ms`,
    })),
  "5,000 keys after Zipf": (r) =>
    every(50, () => ({ key: r.pickSkewed(KEYS), user: r.pickSkewed(KEYS).slice(1), n: r.whole(1, 6) })),
  "twelve fields": (r) => every(500, () => makeTwelveFields(r)),
  "shop requests, raw": (r) => shopEvents(r, "raw"),
  "shop requests, parsed": (r) => shopEvents(r, "parsed"),
};

export function makeTwelveFields(r: RandomSource): DetectableEvent {
  return {
    type: "payment",
    method: "POST",
    route: "/payments/:id",
    user_id: `u${r.whole(1, 3_000)}`,
    amount: Number((2 + r.exponential(60)).toFixed(2)),
    currency: r.pickSkewed(["EUR", "USD", "GBP"]),
    country: r.pickSkewed(["ES", "FR", "DE", "IT", "PT"]),
    card: { brand: r.pickSkewed(["visa", "mastercard", "amex"]), bin: String(r.whole(400_000, 400_200)) },
    status_code: r.pickSkewed([200, 201, 402]),
    latency_ms: r.exponential(20),
    user_agent: r.pickSkewed(["Mozilla/5.0 (Windows NT 10.0)", "Mozilla/5.0 (Macintosh)", "curl/8.5"]),
  };
}

function every(stepMs: number, make: () => DetectableEvent): NextEvent {
  return (index) => ({ event: make(), atMs: index * stepMs });
}

function shopEvents(random: RandomSource, form: "raw" | "parsed"): NextEvent {
  const shop = new Shop(random);
  return () => {
    const request = shop.next();
    return { event: toHttpEvent(request, form), atMs: request.atMs };
  };
}
