import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { createMockApi, type MockApi, type MockOptions } from "./mock-api.ts";

const DIST = join(import.meta.dirname, "../dist");
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
/** As strict as the real server's. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** The built dashboard over made-up data, on a free port of this machine. */
export async function serveDist(options: MockOptions & { port?: number } = {}): Promise<{
  url: string;
  mock: MockApi;
  close: () => Promise<void>;
}> {
  const mock = createMockApi(options);
  const server = createServer((request, response) => {
    if (mock.handle(request, response)) return;
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const file = extname(path) === "" ? "index.html" : path;
    readFile(join(DIST, file))
      .then((content) => {
        const type = TYPES[extname(file)] ?? "application/octet-stream";
        response.writeHead(200, { "content-type": type, "content-security-policy": POLICY });
        response.end(file === "index.html" ? writeBoot(content.toString(), mock.boot(request.url ?? "/")) : content);
      })
      .catch(() => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mock,
    close: () =>
      new Promise((resolve) => {
        mock.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The boot data in its place; `<` is written so that no text in it can end the element. */
function writeBoot(html: string, boot: unknown): string {
  const json = JSON.stringify(boot).replaceAll("<", "\\u003c");
  return html.replace(/(<script type="application\/json" id="boot">)/, (_, open: string) => open + json);
}
