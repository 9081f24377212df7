import type { ChatDialect, ChatReply, ChatRequest } from "./chat-dialect.ts";

const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_WAIT_MS = 3_600_000;

export type ChatResult =
  | { ok: true; reply: ChatReply }
  | {
      ok: false;
      retry: boolean;
      retryAfterMs?: number;
      message: string;
      /** The server may have worked and charged although no answer came. */
      mayBeCharged: boolean;
    };

/** One exchange with a model server; never throws. Keys and prompts never get into the message. */
export async function postChat(dialect: ChatDialect, chat: ChatRequest, signal: AbortSignal): Promise<ChatResult> {
  try {
    const first = await post(dialect.toRequest(chat), signal);
    const isUnknownMode = first.status === 400 && /response_format|json_schema/.test(first.text);
    const answer =
      isUnknownMode && dialect.toPlainRequest !== undefined ? await post(dialect.toPlainRequest(chat), signal) : first;
    return read(dialect, answer);
  } catch (error) {
    return {
      ok: false,
      retry: true,
      mayBeCharged: true,
      message: `The model's server could not be reached: ${reasonOf(error)}.`,
    };
  }
}

interface Answer {
  status: number;
  text: string;
  retryAfter: string | null;
}

async function post(
  { url, headers, body }: ReturnType<ChatDialect["toRequest"]>,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    redirect: "error",
    signal,
  });
  return {
    status: response.status,
    text: await readBounded(response),
    retryAfter: response.headers.get("retry-after"),
  };
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new RangeError("the answer is larger than 1 MiB");
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

function read(dialect: ChatDialect, { status, text, retryAfter }: Answer): ChatResult {
  if (status !== 200) {
    const seconds = Number(retryAfter ?? Number.NaN);
    return {
      ok: false,
      retry: status === 408 || status === 409 || status === 429 || status >= 500,
      mayBeCharged: false,
      message: `The model's server answered ${status}.`,
      ...(Number.isFinite(seconds) ? { retryAfterMs: Math.min(MAX_WAIT_MS, Math.max(0, seconds * 1000)) } : {}),
    };
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return {
      ok: false,
      retry: true,
      mayBeCharged: true,
      message: "The model's server answered with something that is no JSON.",
    };
  }
  const reply = dialect.readReply(body);
  if (reply === undefined)
    return { ok: false, retry: true, mayBeCharged: true, message: `The answer is not of the ${dialect.name} dialect.` };
  return { ok: true, reply };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown failure";
  if (error.name === "TimeoutError") return "no answer in time";
  if (error.name === "AbortError") return "the server stops";
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.message.slice(0, 200);
}
