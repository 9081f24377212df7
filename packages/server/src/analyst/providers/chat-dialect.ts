/** One way in which model servers are spoken to. */
export interface ChatDialect {
  /** `anthropic`, `openai` */
  readonly name: string;
  /** Where and what to post. */
  toRequest(chat: ChatRequest): { url: string; headers: Record<string, string>; body: unknown };
  /** The text of the answer and what it used; undefined when the body is none of this dialect's. */
  readReply(body: unknown): ChatReply | undefined;
  /** A plainer request when the server does not know the structured mode; undefined when there is none. */
  toPlainRequest?(chat: ChatRequest): ReturnType<ChatDialect["toRequest"]>;
}

export interface ChatRequest {
  baseUrl: string;
  model: string;
  key: string | null;
  system: string;
  messages: { role: "user" | "assistant"; content: string }[];
  schema: object;
  maxOutputTokens: number;
}

export interface ChatReply {
  text: string;
  inputTokens: number;
  outputTokens: number;
}
