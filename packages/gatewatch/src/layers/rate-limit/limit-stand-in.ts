import type { EarlyReply, Exchange, Outcome, ResponseHead } from "../../gate/exchange.ts";
import type { Notice } from "../../gate/notices.ts";
import { PlannedBody } from "../../gate/planned-body.ts";
import { RATE_LIMIT_SPEC, type RateLimitOptions } from "../../options/groups/rate-limit.ts";
import { defaultsOf } from "../../options/option-kinds.ts";
import { createExchangeStandIn, createOutcomeStandIn, type ExchangeFacts } from "../../record/exchange-stand-in.ts";
import type { RedisDriver } from "../../state/redis/redis-driver.ts";
import { createRateLimitLayer, type RateLimitLayer } from "./create-rate-limit-layer.ts";

export interface Answer {
  status: number;
  /** In the order in which they were set, names as written. */
  headers: Record<string, string>;
  body: string;
}

export interface LimitUnderTest {
  layer: RateLimitLayer;
  notices: Notice[];
  pass(ms: number): void;
  /** One request through the layer and an app that answers `status`. */
  request(
    facts?: ExchangeFacts & { status?: number; appHeaders?: Record<string, string>; peer?: string },
  ): Promise<Answer>;
  /** Statuses of as many requests. */
  requests(times: number, facts?: ExchangeFacts): Promise<number[]>;
  /** How many of as many requests the app has seen. */
  admitted(times: number, facts?: ExchangeFacts): Promise<number>;
}

/** The epoch of the fake clock. */
export const STARTED_MS = 1_800_000_000_000;

export function createLimitUnderTest(
  given: Partial<RateLimitOptions> = {},
  ports: { redis?: RedisDriver; owner?: object; clock?: { now(): number; monotonicMs(): number } } = {},
): LimitUnderTest {
  let passedMs = 1_000_000;
  const clock = ports.clock ?? { now: () => STARTED_MS + passedMs - 1_000_000, monotonicMs: () => passedMs };
  const notices: Notice[] = [];
  const layer = createRateLimitLayer(
    { ...defaultsOf(RATE_LIMIT_SPEC), enabled: true, ...given },
    { ...ports, clock, notice: (notice) => notices.push(notice) },
  );
  const request: LimitUnderTest["request"] = async ({ status = 200, appHeaders = {}, peer, ...facts } = {}) => {
    const x = createExchangeStandIn(facts);
    if (peer !== undefined) Object.assign(x, { peer, clientAddress: facts.clientAddress ?? peer });
    const early = await layer.onRequest!(x);
    const answer = finishHead(layer, x, early ?? { status, headers: appHeaders, body: "app" });
    const outcome: Outcome = createOutcomeStandIn({ status: answer.status });
    layer.onFinish?.(x, outcome);
    return answer;
  };
  const requests = async (times: number, facts?: ExchangeFacts): Promise<number[]> => {
    const statuses: number[] = [];
    for (let index = 0; index < times; index++) statuses.push((await request(facts)).status);
    return statuses;
  };
  return {
    layer,
    notices,
    pass: (ms) => void (passedMs += ms),
    request,
    requests,
    admitted: async (times, facts) => (await requests(times, facts)).filter((status) => status === 200).length,
  };
}

function finishHead(layer: RateLimitLayer, x: Exchange, reply: EarlyReply): Answer {
  const lines = new Map<string, [string, string]>();
  const set = (name: string, value: string | readonly string[]): void =>
    void lines.set(name.toLowerCase(), [name, String(value)]);
  for (const [name, value] of Object.entries(reply.headers)) set(name, value);
  const head: ResponseHead = {
    status: reply.status,
    sent: false,
    get: (name) => lines.get(name.toLowerCase())?.[1],
    entries: () => lines.values(),
    has: (name) => lines.has(name.toLowerCase()),
    set,
    append: set,
    remove: (name) => void lines.delete(name.toLowerCase()),
  };
  layer.onHead?.(x, head, new PlannedBody());
  return { status: head.status, headers: Object.fromEntries(lines.values()), body: String(reply.body) };
}
