import { createHash } from "node:crypto";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ErrorBody } from "@gatewatch/protocol";
import { CommandError } from "./command.ts";

/** The API as the operator of this data folder sees it, whether a server runs or not. */
export interface Control {
  /** True when a running server answers. */
  readonly live: boolean;
  /** The JSON answer; throws `CommandError` with the API's message on an error status. */
  call<Answer>(method: string, path: string, body?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

/** Unix sockets allow about 100 bytes of path; longer ones move to the temporary folder under a name made of the path. */
export function controlSocketPath(dataDir: string): string {
  const path = join(dataDir, "control.sock");
  if (path.length < 100) return path;
  return join(tmpdir(), `gatewatch-${createHash("sha256").update(dataDir).digest("hex").slice(0, 16)}.sock`);
}

/** Opens the API over the server's control socket; when no server runs, directly under the folder's lock. */
export async function openControl(dataDir: string): Promise<Control> {
  const socketPath = controlSocketPath(dataDir);
  if (await answers(socketPath)) {
    return {
      live: true,
      call: async (method, path, body) => {
        const response = await callSocket(socketPath, method, path, body);
        return unwrap(response.status, await readText(response.stream));
      },
      close: async () => undefined,
    };
  }
  const { openLocalControl } = await import("../commands/open-local-control.ts");
  const local = await openLocalControl(dataDir);
  return {
    live: false,
    call: async (method, path, body) => {
      const { status, text } = await local.call(method, path, body);
      return unwrap(status, text);
    },
    close: local.close,
  };
}

/** Sends one request over the socket; the answer's body is left to the caller (SSE goes on for ever). */
export function callSocket(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; stream: IncomingMessage }> {
  return new Promise((done, fail) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const request = httpRequest(
      {
        socketPath,
        method,
        path,
        headers: {
          host: "localhost",
          ...(text === undefined
            ? {}
            : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        },
      },
      (stream) => done({ status: stream.statusCode ?? 0, stream }),
    );
    request.on("error", fail);
    request.end(text);
  });
}

async function answers(socketPath: string): Promise<boolean> {
  try {
    const { status, stream } = await callSocket(socketPath, "GET", "/healthz");
    stream.resume();
    return status === 200;
  } catch {
    return false;
  }
}

async function readText(stream: IncomingMessage): Promise<string> {
  stream.setEncoding("utf8");
  let text = "";
  for await (const chunk of stream) text += chunk as string;
  return text;
}

function unwrap<Answer>(status: number, text: string): Answer {
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  if (status >= 200 && status < 300) return body as Answer;
  const error = (body as Partial<ErrorBody> | undefined)?.error;
  throw new CommandError(error === undefined ? `The server answered ${status}.` : `${error.message} (${error.code})`);
}
