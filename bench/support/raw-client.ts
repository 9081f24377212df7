import { connect, type Socket } from "node:net";

/** A keep-alive HTTP/1.1 connection that costs the sender next to nothing: one request in flight, the body as given. */
export interface RawClient {
  /** Sends one POST; resolves with the status. */
  post(body: Uint8Array): Promise<number>;
  close(): void;
}

export async function openRawClient(
  url: string,
  path: string,
  token: string,
  type = "application/json",
): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((done, fail) => {
    socket.once("connect", done);
    socket.once("error", fail);
  });
  let settle: ((status: number) => void) | undefined;
  let refuse: ((error: Error) => void) | undefined;
  let pending = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const headEnd = pending.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const head = pending.toString("latin1", 0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (pending.length < headEnd + 4 + length) return;
    pending = pending.subarray(headEnd + 4 + length);
    settle?.(Number(head.slice(9, 12)));
  });
  const end = (error?: Error): void => refuse?.(error ?? new Error("the server closed the connection"));
  socket.on("error", end);
  socket.on("close", () => end());
  const head = (length: number): string =>
    `POST ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${token}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`;
  return {
    post: (body) =>
      new Promise((done, fail) => {
        settle = done;
        refuse = fail;
        socket.cork();
        socket.write(head(body.length));
        socket.write(body);
        socket.uncork();
      }),
    close: () => {
      refuse = undefined;
      socket.destroy();
    },
  };
}
