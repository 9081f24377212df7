import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An origin of its own that serves these files by path; `/` is the page. */
export interface ServedPage {
  url: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};

export async function servePage(files: Readonly<Record<string, string | Buffer>>): Promise<ServedPage> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://page").pathname;
    const file = files[path];
    const type = TYPES[path === "/" ? "html" : (path.split(".").at(-1) ?? "")];
    response.writeHead(file === undefined ? 404 : 200, { "content-type": type ?? "text/plain" });
    response.end(file ?? "");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
