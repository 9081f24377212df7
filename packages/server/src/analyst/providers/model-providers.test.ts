import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AnalystResult, EvidencePack } from "../../model/analyst.ts";
import { anthropicDialect } from "./anthropic.ts";
import { createModelProvider, type ModelProviderOptions } from "./create-model-provider.ts";
import { startLlmStandIn, writeAnswer, type LlmStandIn } from "./llm-stand-in.ts";
import { openaiDialect } from "./openai.ts";

const PACK: EvidencePack = {
  issueId: 7,
  title: "TypeError: x",
  digest: "d",
  evidence: [
    { id: "E1", kind: "exception", label: "TypeError: x", data: { type: "TypeError", message: "x" } },
    {
      id: "F1",
      kind: "frame",
      label: "src/price.ts:42 in total",
      data: { file: "src/price.ts", line: 42, function: "total" },
    },
  ],
};
const go = new AbortController().signal;
let model: LlmStandIn;

beforeEach(async () => {
  model = await startLlmStandIn();
});
afterEach(() => model.close());

const DIALECTS = [anthropicDialect, openaiDialect];
const dialectOf = (name: string) => DIALECTS.find((dialect) => dialect.name === name)!;

function open(name: string, extra: Partial<ModelProviderOptions> = {}) {
  const baseUrl = name === "anthropic" ? model.anthropicUrl : model.openaiUrl;
  return createModelProvider({
    dialect: dialectOf(name),
    baseUrl,
    model: "claude-sonnet-x",
    key: "secret-key",
    ...extra,
  });
}

function messageOf(result: AnalystResult): string {
  return result.ok ? "ok" : result.message;
}

describe.each(["anthropic", "openai"])("the %s provider", (name) => {
  it("asks in its dialect and gives a cited, priced analysis", async () => {
    model.script.push({ answer: writeAnswer({ location: { file: "src/price.ts", line: 42, function: null } }) });
    const result = await open(name).analyse(PACK, go);
    expect(result).toMatchObject({
      ok: true,
      analysis: {
        provider: `${name}/claude-sonnet-x`,
        status: "complete",
        rootCause: { evidence: ["E1"] },
        location: { file: "src/price.ts", line: 42, function: "total" },
        droppedClaims: 0,
        usage: { inputTokens: 1200, outputTokens: 300, costUsd: 0.0081 },
      },
    });
    const [request] = model.requests;
    const credential = name === "anthropic" ? request!.headers["x-api-key"] : request!.headers.authorization;
    expect(credential).toContain("secret-key");
    expect(JSON.stringify(request!.body)).toContain("root_cause");
  });

  it("drops and counts claims that cite what does not exist, and places that no frame shows", async () => {
    model.script.push({
      answer: writeAnswer({
        notes: [
          { text: "real", evidence: ["F1"] },
          { text: "made up", evidence: ["E9"] },
          { text: "half made up", evidence: ["E1", "B7"] },
          { text: "uncited", evidence: [] },
        ],
        location: { file: "src/other.ts", line: 1, function: null },
        fix: { kind: "code", text: "trust me", evidence: ["X1"] },
      }),
    });
    const result = await open(name).analyse(PACK, go);
    expect(result).toMatchObject({
      ok: true,
      analysis: { notes: [{ text: "real" }], location: null, droppedClaims: 5, fix: { evidence: [] } },
    });
    expect(JSON.stringify(result)).not.toMatch(/made up|trust me|uncited/);
  });

  it("fails when the root cause rests on nothing", async () => {
    model.script.push({ answer: writeAnswer({ root_cause: { text: "ghosts", evidence: ["E77"] } }) });
    const result = await open(name).analyse(PACK, go);
    expect(result).toMatchObject({ ok: false, retry: false, usage: { inputTokens: 1200 } });
    expect(messageOf(result)).toContain("cited no evidence");
  });

  it("lets a malformed answer be repaired once, and counts both calls", async () => {
    model.script.push({ text: "I think it is the moon." });
    const result = await open(name).analyse(PACK, go);
    expect(result).toMatchObject({ ok: true, analysis: { usage: { inputTokens: 2400 } } });
    expect(model.requests[1]!.body.messages.at(-1)!.content).toContain("does not fit the schema");
  });

  it("gives up after the second nonsense, or at once when the budget has no room", async () => {
    model.script.push({ text: "moon" }, { text: '{"summary": 7}' });
    expect(await open(name).analyse(PACK, go)).toMatchObject({ ok: false, retry: false });
    expect(model.requests).toHaveLength(2);
    model.script.push({ text: "moon" });
    expect(await open(name).analyse(PACK, go, async () => false)).toMatchObject({ ok: false, retry: false });
    expect(model.requests).toHaveLength(3);
  });

  it.each([
    [
      { status: 429, headers: { "retry-after": "7" } },
      { retry: true, retryAfterMs: 7000 },
    ],
    [{ status: 500 }, { retry: true }],
    [{ status: 529 }, { retry: true }],
    [{ status: 401 }, { retry: false }],
    [{ status: 200, body: "<html>" }, { retry: true }],
    [{ status: 200, body: "{}" }, { retry: true }],
    [{ status: 200, body: `"${"x".repeat(2_000_000)}"` }, { retry: true }],
  ])("takes %j as it should", async (turn, expected) => {
    model.script.push(turn);
    const result = await open(name).analyse(PACK, go);
    expect(result).toMatchObject({ ok: false, ...expected });
    expect(messageOf(result)).not.toContain("secret-key");
  });

  it("ends a call that stalls, by its time-out or by the caller", async () => {
    model.script.push("stall", "stall");
    expect(await open(name, { timeoutMs: 1 }).analyse(PACK, go)).toMatchObject({ ok: false, retry: true });
    const stopping = new AbortController();
    const call = open(name).analyse(PACK, stopping.signal);
    stopping.abort();
    expect(await call).toMatchObject({ ok: false, retry: true });
  });

  it("never reserves less than a call costs", async () => {
    const provider = open(name);
    const result = await provider.analyse(PACK, go);
    expect(result).toMatchObject({ ok: true });
    const cost = result.ok ? result.analysis.usage!.costUsd : Number.POSITIVE_INFINITY;
    expect(provider.estimateUsd(PACK)).toBeGreaterThan(cost);
  });
});

describe("the openai provider", () => {
  it("falls back to plain JSON on servers without schemas", async () => {
    model.script.push({ status: 400, body: '{"error":{"message":"response_format json_schema is not supported"}}' });
    expect(await open("openai").analyse(PACK, go)).toMatchObject({ ok: true });
    expect(model.requests.map(({ body }) => body.response_format?.type)).toEqual(["json_schema", "json_object"]);
  });

  it("takes a local model as free and needs no key", async () => {
    const provider = open("openai", { model: "qwen3:8b", key: null });
    expect(await provider.analyse(PACK, go)).toMatchObject({ ok: true, analysis: { usage: { costUsd: 0 } } });
    expect(model.requests[0]!.headers.authorization).toBeUndefined();
    expect(provider.estimateUsd(PACK)).toBe(0);
  });
});
