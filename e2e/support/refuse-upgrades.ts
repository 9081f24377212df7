import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";

export interface UpgradeRefuser {
  url: string;
  /** Upgrades that were refused so far. */
  refused(): number;
  /** Requests that were passed on so far. */
  passed(): number;
  close(): Promise<void>;
}

/** A proxy before `target` as some companies have it: plain HTTP passes, a WebSocket does not. */
export async function startUpgradeRefuser(target: string): Promise<UpgradeRefuser> {
  let refused = 0;
  let passed = 0;
  const proxy = createServer((request, response) => {
    passed++;
    const onward = httpRequest(
      new URL(request.url!, target),
      { method: request.method!, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  proxy.on("upgrade", (_request, socket) => {
    refused++;
    socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  await new Promise<void>((done) => {
    proxy.listen(0, "127.0.0.1", done);
  });
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    refused: () => refused,
    passed: () => passed,
    close: () =>
      new Promise((done) => {
        proxy.close(() => done());
        proxy.closeAllConnections();
      }),
  };
}
