import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express from "express";
import { afterEach, describe, expect, it } from "vitest";
import { gatewatch } from "../../adapters/express.ts";
import { createGatewatch, type Gatewatch } from "../../create-gatewatch.ts";

const servers: Server[] = [];
const cores: Gatewatch[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  for (const core of cores.splice(0)) await core.close(0);
});

type Page = (request: express.Request, response: express.Response) => void;

const script = ({ gatewatch: handle }: express.Request): string => `<script nonce="${handle.cspNonce}">1</script>`;

/** Each reads the nonce at another moment. */
const PAGES: Record<string, Page> = {
  "before the head": (request, response) => void response.type("html").send(script(request)),
  "after the head": (request, response) => {
    response.type("html").writeHead(200);
    response.end(script(request));
  },
  "after the first part": (request, response) => {
    response.type("html").write("<p>1</p>");
    setImmediate(() => response.end(script(request)));
  },
  "after a flushed head": (request, response) => {
    response.type("html").flushHeaders();
    setImmediate(() => response.end(script(request)));
  },
};

async function open(page: Page): Promise<() => Promise<{ cache: string | null; policy: string; body: string }>> {
  const say = (): void => undefined;
  const core = createGatewatch(
    {
      cache: { enabled: true, routes: { "/*": 60_000 } },
      securityHeaders: { contentSecurityPolicy: "script-src 'nonce'" },
      logger: { info: say, warn: say, error: say },
    },
    { env: {}, dotenv: undefined, file: {} },
  );
  cores.push(core);
  const app = express().use(gatewatch(core)).get("/", page);
  const server = createServer(app).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return async () => {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const policy = answer.headers.get("content-security-policy") ?? "";
    return { cache: answer.headers.get("x-cache"), policy, body: await answer.text() };
  };
}

describe("a page with a nonce", () => {
  it.each(Object.entries(PAGES))("that is read %s is never stored", async (_moment, page) => {
    const ask = await open(page);
    const bodies = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const { cache, policy, body } = await ask();
      const [, nonce] = /nonce="(\w{32})"/.exec(body) ?? [];
      expect(policy).toBe(`script-src 'nonce-${nonce}'`);
      expect(cache).toBe("MISS");
      bodies.add(body);
    }
    expect(bodies.size).toBe(3);
  });

  it("is kept where the page itself has none, and each answer's policy has its own", async () => {
    const ask = await open((_request, response) => void response.type("html").send("<p>1</p>"));
    const [first, second] = [await ask(), await ask()];
    expect([first.cache, second.cache, second.body]).toEqual(["MISS", "HIT", "<p>1</p>"]);
    expect(second.policy).toMatch(/^script-src 'nonce-\w{32}'$/);
    expect(second.policy).not.toBe(first.policy);
  });
});
