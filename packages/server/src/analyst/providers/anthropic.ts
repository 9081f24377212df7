import { z } from "zod";
import type { ChatDialect } from "./chat-dialect.ts";

const API_VERSION = "2023-06-01";
const TOOL = "report";

const REPLY = z.object({
  content: z.array(z.object({ type: z.string(), input: z.unknown().optional(), text: z.string().optional() })),
  usage: z.object({ input_tokens: z.number(), output_tokens: z.number() }),
});

/** Anthropic's Messages API; the answer comes as the input of a tool that the model must use. */
export const anthropicDialect: ChatDialect = {
  name: "anthropic",
  toRequest: ({ baseUrl, model, key, system, messages, schema, maxOutputTokens }) => ({
    url: `${baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "")}/v1/messages`,
    headers: { "anthropic-version": API_VERSION, ...(key === null ? {} : { "x-api-key": key }) },
    body: {
      model,
      max_tokens: maxOutputTokens,
      system,
      messages,
      tools: [{ name: TOOL, description: "Hands in the explanation of the error.", input_schema: schema }],
      tool_choice: { type: "tool", name: TOOL },
    },
  }),
  readReply(body) {
    const parsed = REPLY.safeParse(body);
    if (!parsed.success) return undefined;
    const { content, usage } = parsed.data;
    const tool = content.find((block) => block.type === "tool_use");
    const text =
      tool === undefined ? content.map((block) => block.text ?? "").join("") : JSON.stringify(tool.input ?? null);
    return { text, inputTokens: usage.input_tokens, outputTokens: usage.output_tokens };
  },
};
