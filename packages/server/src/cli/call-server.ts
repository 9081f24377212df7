import type { ErrorBody } from "@gatewatch/protocol";
import { setTimeout as wait } from "node:timers/promises";
import { CommandError } from "./command.ts";
import { escapeTerminal } from "./escape-terminal.ts";
import type { Login } from "./login-file.ts";

const TIMEOUT_MS = 30_000;
const MAX_WAITS = 20;
const MAX_WAIT_MS = 60_000;

/** One call of a server's API with a token; a server that asks for patience (429) gets it. @throws CommandError with the API's message, or why there was no answer */
export async function callServer<Answer>(
  { url, token }: Login,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  for (let waits = 0; ; waits++) {
    const response = await send({ url, token }, method, path, body);
    const waitMs = Number(response.headers.get("retry-after") ?? Number.NaN) * 1000;
    if (response.status !== 429 || waits === MAX_WAITS || !(waitMs <= MAX_WAIT_MS)) return readAnswer(url, response);
    await response.body?.cancel();
    await wait(Math.max(100, waitMs));
  }
}

async function send({ url, token }: Login, method: string, path: string, body: unknown): Promise<Response> {
  try {
    return await fetch(new URL(path, url), {
      method,
      // A redirect would carry the token to somebody else.
      redirect: "error",
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    // What fetch says of a port that its standard keeps for other protocols.
    if (reason === "bad port")
      throw new CommandError(
        `${url} was not called: HTTP clients refuse port ${new URL(url).port}, which is another protocol's; let the server listen on another one.`,
        { cause: error },
      );
    throw new CommandError(`${url} gave no answer: ${reason}.`, { cause: error });
  }
}

async function readAnswer<Answer>(url: string, response: Response): Promise<Answer> {
  const answer: unknown = await response.json().catch(() => undefined);
  const isObject = typeof answer === "object" && answer !== null;
  if (response.ok && isObject) return answer as Answer;
  const error = isObject ? (answer as Partial<ErrorBody>).error : undefined;
  throw new CommandError(
    typeof error?.message === "string"
      ? escapeTerminal(`${error.message} (${error.code})`)
      : `${url} answered ${response.status}: this is no Gatewatch server.`,
  );
}
