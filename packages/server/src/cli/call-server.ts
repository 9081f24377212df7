import type { ErrorBody } from "@gatewatch/protocol";
import { CommandError } from "./command.ts";
import type { Login } from "./login-file.ts";

const TIMEOUT_MS = 30_000;

/** One call of a server's API with a token. @throws CommandError with the API's message, or why there was no answer */
export async function callServer<Answer>(
  { url, token }: Login,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(new URL(path, url), {
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
    throw new CommandError(`${url} gave no answer: ${cause instanceof Error ? cause.message : message}.`, {
      cause: error,
    });
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer as Answer;
  const error = (answer as Partial<ErrorBody> | undefined)?.error;
  throw new CommandError(
    error === undefined
      ? `${url} answered ${response.status}: this is no Gatewatch server.`
      : `${error.message} (${error.code})`,
  );
}
