import { systemClock, type Clock } from "../clock.ts";
import { loadClient } from "../load-client.ts";

export interface SecretKeyRequest {
  /** Base address; `/api/secret-key` is added. */
  backendUrl: string;
  token: string;
  clock?: Clock;
}

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 16_384;

/** The key of pseudonyms that a Cerberus backend hands out. Redirects are no answers: the token must not follow them. @throws Error */
export function fetchSecretKey({ backendUrl, token, clock = systemClock }: SecretKeyRequest): Promise<string> {
  const url = new URL(`${backendUrl.replace(/\/+$/, "")}/api/secret-key`);
  return new Promise((resolve, reject) => {
    const request = loadClient(url.protocol).request(url, {
      // One call in a process's life.
      agent: false,
      headers: { "x-api-key": token, accept: "application/json" },
    });
    const timer = clock.after(TIMEOUT_MS, () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    request.on("socket", (socket) => socket.unref());
    request.on("error", (error) => {
      timer.cancel();
      reject(error);
    });
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (text.length > MAX_BYTES) request.destroy(new Error("the answer is too long"));
      });
      response.on("error", reject);
      response.on("end", () => {
        timer.cancel();
        const key = response.statusCode === 200 ? tryReadKey(text) : undefined;
        if (key === undefined) reject(new Error(`HTTP ${response.statusCode} without a secret_key`));
        else resolve(key);
      });
    });
    request.end();
  });
}

function tryReadKey(text: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== "object" || answer === null || !("secret_key" in answer)) return undefined;
    const { secret_key: key } = answer;
    return typeof key === "string" && key !== "" ? key : undefined;
  } catch {
    return undefined;
  }
}
