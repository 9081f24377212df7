import { randomBytes } from "node:crypto";
import type { Analysis } from "@gatewatch/protocol";
import type { AnalystProvider, AnalystResult, EvidencePack } from "../../model/analyst.ts";
import type { Clock } from "../../model/clock.ts";
import { buildPrompt } from "./build-prompt.ts";
import { checkAnswer } from "./check-answer.ts";
import type { ChatDialect, ChatRequest } from "./chat-dialect.ts";
import { MODEL_ANSWER_SCHEMA, readModelAnswer } from "./model-answer.ts";
import { postChat } from "./post-chat.ts";
import { findPrice, priceOf, type TokenPrice } from "./price-table.ts";

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_TOKENS = 2000;
const MAX_ECHO_CHARACTERS = 4000;
/** Fewer than models have on average, so that the estimate is an upper bound. */
const CHARACTERS_PER_TOKEN = 2;

export interface ModelProviderOptions {
  dialect: ChatDialect;
  baseUrl: string;
  model: string;
  key: string | null;
  /** Of one call. @default 60000 */
  timeoutMs?: number;
  prices?: Record<string, TokenPrice>;
  clock?: Clock;
  /** A fresh line that nobody can guess. @default 128 random bits */
  createBoundary?: () => string;
}

/** A provider that asks a language model: structured answer, checked by schema and evidence, one repair round. */
export function createModelProvider(options: ModelProviderOptions): AnalystProvider {
  const { dialect, baseUrl, model, key, timeoutMs = TIMEOUT_MS, clock = Date.now } = options;
  const createBoundary = options.createBoundary ?? (() => `evidence-${randomBytes(16).toString("hex")}`);
  const price = findPrice(model, baseUrl, options.prices);

  async function analyse(
    pack: EvidencePack,
    signal: AbortSignal,
    mayCallAgain: () => Promise<boolean> = async () => true,
  ): Promise<AnalystResult> {
    const startedAt = clock();
    const { system, user } = buildPrompt(pack, createBoundary());
    const messages: ChatRequest["messages"] = [{ role: "user", content: user }];
    const usage: NonNullable<Analysis["usage"]> = { inputTokens: 0, outputTokens: 0, costUsd: 0, ms: 0 };
    let problem = "";
    for (let round = 0; round < 2; round++) {
      if (round > 0 && !(await mayCallAgain())) break;
      const chat = {
        baseUrl,
        model,
        key,
        system,
        messages,
        schema: MODEL_ANSWER_SCHEMA,
        maxOutputTokens: MAX_OUTPUT_TOKENS,
      };
      const result = await postChat(dialect, chat, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
      usage.ms = clock() - startedAt;
      if (!result.ok) {
        const { mayBeCharged, ...failure } = result;
        return mayBeCharged ? failure : { ...failure, usage };
      }
      const { text, inputTokens, outputTokens } = result.reply;
      usage.inputTokens += inputTokens;
      usage.outputTokens += outputTokens;
      usage.costUsd = priceOf(price, usage.inputTokens, usage.outputTokens);
      const read = readModelAnswer(text);
      if (read.ok) return conclude(read.answer, pack, usage);
      problem = read.problem;
      messages.push(
        { role: "assistant", content: text.slice(0, MAX_ECHO_CHARACTERS) || "(empty)" },
        { role: "user", content: `Your answer does not fit the schema: ${problem}. Hand in the whole object again.` },
      );
    }
    return { ok: false, retry: false, message: `The model's answer does not fit the schema: ${problem}.`, usage };
  }

  function conclude(
    answer: Parameters<typeof checkAnswer>[0],
    pack: EvidencePack,
    usage: NonNullable<Analysis["usage"]>,
  ): AnalystResult {
    const checked = checkAnswer(answer, pack);
    if (checked === undefined)
      return { ok: false, retry: false, message: "The model cited no evidence that exists for its root cause.", usage };
    return {
      ok: true,
      analysis: { provider: `${dialect.name}/${model}`, model, status: "complete", ...checked, usage },
    };
  }

  return {
    name: dialect.name,
    model,
    analyse,
    estimateUsd(pack) {
      const { system, user } = buildPrompt(pack, createBoundary());
      // A repair carries the first answer along.
      const characters = system.length + user.length + MAX_ECHO_CHARACTERS;
      return priceOf(price, Math.ceil(characters / CHARACTERS_PER_TOKEN), MAX_OUTPUT_TOKENS);
    },
  };
}
