import { z } from "zod";
import type { ChatDialect, ChatRequest } from "./chat-dialect.ts";

const REPLY = z.object({
  choices: z
    .array(z.object({ message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }) }))
    .min(1),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish(),
});

/** OpenAI's chat completions, which Ollama, vLLM, LM Studio, OpenRouter and many more speak too. */
export const openaiDialect: ChatDialect = {
  name: "openai",
  toRequest: (chat) =>
    toRequest(chat, {
      type: "json_schema",
      json_schema: { name: "explanation", strict: true, schema: chat.schema },
    }),
  toPlainRequest: (chat) => toRequest(chat, { type: "json_object" }),
  readReply(body) {
    const parsed = REPLY.safeParse(body);
    if (!parsed.success) return undefined;
    const { choices, usage } = parsed.data;
    return {
      text: choices[0]!.message.content ?? choices[0]!.message.refusal ?? "",
      inputTokens: usage?.prompt_tokens ?? 0,
      outputTokens: usage?.completion_tokens ?? 0,
    };
  },
};

function toRequest(
  { baseUrl, model, key, system, messages, maxOutputTokens }: ChatRequest,
  responseFormat: object,
): ReturnType<ChatDialect["toRequest"]> {
  // The vendor's newest models know only the new name of the limit, most other servers only the old one.
  const limit = new URL(baseUrl).hostname === "api.openai.com" ? "max_completion_tokens" : "max_tokens";
  return {
    url: `${baseUrl.replace(/\/+$/, "")}/chat/completions`,
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
    body: {
      model,
      messages: [{ role: "system", content: system }, ...messages],
      response_format: responseFormat,
      [limit]: maxOutputTokens,
    },
  };
}
