import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import type { AppAnswer, AppCall, AppRoute } from "./target.ts";

/** Worth compressing. */
export const TEXT = "All work and no play makes Jack a dull boy. ".repeat(200);
/** Every octet, so that nothing can take it for a text. */
export const BYTES = Buffer.from(Array.from({ length: 4096 }, (_, index) => index % 256));
/** What the app tells of itself in an answer. */
export const FACTS = { cart: 3, plan: "gold", nested: { a: [1] } };
/** JSON that would not survive being read and written. */
const NUMBERS = '{"id":12345678901234567890,"x":1.0,"_cerberus_metrics":{"cart":3}}';
/** What no answer may tell a stranger. */
export const SECRET = "the password is swordfish";

class ValidationError extends Error {
  override name = "ValidationError";
}

const PLAIN = { "Content-Type": "text/plain" };
const FOR_A_MINUTE = { ...PLAIN, "Cache-Control": "public, max-age=60" };

/** What the routes of one app share. */
export interface AppState {
  runs: string[];
  /** Resolves when `/events` may go on. */
  released: Promise<void>;
}

/** The routes that every row finds in its app. */
export function createAppRoutes(state: AppState): AppRoute[] {
  const { runs } = state;
  const route = (method: AppRoute["method"], path: string, answer: AppRoute["answer"]): AppRoute => ({
    method,
    path,
    answer(call: AppCall) {
      runs.push(`${method} ${path}`);
      return answer(call);
    },
  });
  const fail = (error: Error) => (): never => {
    throw error;
  };
  const runsOf = (name: string): number => runs.filter((run) => run === name).length;

  return [
    route("GET", "/items/:id", ({ id }) => ({ body: { id, name: "desk lamp" } })),
    route("GET", "/text", () => ({ headers: PLAIN, body: "plain words" })),
    route("GET", "/big", () => ({ headers: { ...PLAIN, ETag: '"big"' }, body: TEXT })),
    route("GET", "/bytes", () => ({ headers: { "Content-Type": "application/octet-stream" }, body: BYTES })),
    route("GET", "/stream", () => ({ headers: PLAIN, body: streamOf(TEXT.slice(0, 1000), TEXT.slice(1000)) })),
    route("GET", "/events", () => ({ headers: { "Content-Type": "text/event-stream" }, body: tellEvents(state) })),
    route("GET", "/packed", () => ({ headers: { ...PLAIN, "Content-Encoding": "gzip" }, body: gzipSync(TEXT) })),
    route("GET", "/page", () => ({
      headers: { "Content-Type": "text/html", "X-Frame-Options": "DENY", "Referrer-Policy": "origin" },
      body: "<p>words</p>",
    })),
    route("GET", "/cookies", () => ({
      headers: { ...FOR_A_MINUTE, "Set-Cookie": ["a=1", "b=2; Path=/"] },
      body: `cookies of run ${runsOf("GET /cookies")}`,
    })),
    route("GET", "/cached", () => {
      const run = runsOf("GET /cached");
      return { headers: { ...FOR_A_MINUTE, ETag: `"${run}"` }, body: `run ${run} ${TEXT}` };
    }),
    route("POST", "/cached", () => ({ headers: PLAIN, body: "changed" })),
    route("GET", "/cached-bytes", () => ({
      headers: { "Content-Type": "image/png", "Cache-Control": "max-age=60" },
      body: BYTES,
    })),
    route("GET", "/throws", fail(new Error(SECRET))),
    route("GET", "/rejects", async () => Promise.reject(new Error(SECRET))),
    route("GET", "/invalid", fail(new ValidationError(SECRET))),
    route("POST", "/echo", async ({ readText }): Promise<AppAnswer> => ({ headers: PLAIN, body: await readText() })),
    route("POST", "/fails", async ({ readText }) => {
      await readText();
      throw new Error("after the body");
    }),
    route("GET", "/facts", () => ({ body: { words: TEXT, _cerberus_metrics: FACTS } })),
    route("GET", "/words", () => ({ body: { words: TEXT } })),
    route("GET", "/numbers", () => ({ headers: { "Content-Type": "application/json" }, body: NUMBERS })),
    route("GET", "/told", ({ gatewatch }) => {
      gatewatch.metrics["basket"] = 2;
      gatewatch.set("plan", "gold").timing("db", 5);
      gatewatch.user = { id: "u1", username: "jane" };
      gatewatch.counter("shop.visits", { labels: ["kind"] }).add(2, { kind: "gift" });
      return { headers: PLAIN, body: gatewatch.requestId };
    }),
  ];
}

function streamOf(...pieces: string[]): Readable {
  return Readable.from(pieces.map((piece) => Buffer.from(piece)));
}

function tellEvents({ released }: AppState): Readable {
  async function* tell(): AsyncGenerator<Buffer> {
    yield Buffer.from("data: first\n\n");
    await released;
    yield Buffer.from("data: second\n\n");
  }
  return Readable.from(tell());
}
