import { once } from "node:events";
import { request as sendRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import type { GatewatchEvent } from "@gatewatch/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { createGatewatch, type Gatewatch, type GatewatchOptions } from "../../create-gatewatch.ts";
import type { NativeAnswer, NativeDriver } from "./native-contract.ts";
import { itWhere } from "./it-where.ts";

const ITEMS = { items: Array.from({ length: 200 }, (_, index) => `desk lamp ${index}`).join(", ") };

/** The whole gate as it is without options, each layer of it once, over one framework; on real sockets. */
export function testDefaultsContract(driver: NativeDriver): void {
  const servers: Server[] = [];
  const cores: Gatewatch[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    await Promise.all(cores.splice(0).map((core) => core.close()));
  });

  async function open(answer: () => NativeAnswer | Promise<NativeAnswer>, options: GatewatchOptions = {}) {
    const lines: string[] = [];
    const events: GatewatchEvent[] = [];
    const write = (...args: unknown[]): void => void lines.push(JSON.stringify(args));
    const core = createGatewatch(
      { logger: { info: write, warn: write, error: write }, sinks: [(event) => void events.push(event)], ...options },
      { env: {}, dotenv: undefined, file: {} },
    );
    cores.push(core);
    const server = await driver.createServer(answer, core);
    servers.push(server);
    if (!server.listening) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    const { port } = server.address() as AddressInfo;
    const ask = (init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}/items/7`, init);
    return { ask, port, core, lines, events };
  }

  describe(`${driver.name}: every layer`, () => {
    it("names the request, sets the security headers and compresses, without any option", async () => {
      const { ask, core, lines, events } = await open(() => ITEMS);
      const answer = await ask({ headers: { "accept-encoding": "gzip" } });
      expect(await answer.json()).toEqual(ITEMS);
      const { headers } = answer;
      const requestId = headers.get("x-request-id");
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-encoding")).toBe("gzip");
      expect(headers.get("vary")).toMatch(/accept-encoding/i);
      await core.flush();
      expect(events).toMatchObject([{ type: "request", requestId, route: driver.route, status: 200 }]);
      expect(lines.filter((line) => line.includes("request completed"))).toHaveLength(1);
    });

    it("says the same of HEAD, and sends no body", async () => {
      const { ask } = await open(() => ITEMS);
      const answer = await ask({ method: "HEAD", headers: { "accept-encoding": "identity" } });
      expect(await answer.text()).toBe("");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    });

    it("compresses streams, and every byte of them arrives", async () => {
      const text = "what the framework sends ".repeat(1000);
      const { port } = await open(() => Readable.from([text.slice(0, 100), text.slice(100)]));
      const chunks: Buffer[] = [];
      const headers = { "accept-encoding": "gzip" };
      const sent = sendRequest({ port, host: "127.0.0.1", path: "/items/7", headers }).end();
      const [answer] = (await once(sent, "response")) as [IncomingMessage];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const isEncoded = answer.headers["content-encoding"] === "gzip";
      expect(String(isEncoded ? gunzipSync(bytes) : bytes)).toBe(text);
    });

    itWhere(
      driver.errorStatus !== undefined,
      "gives an error an id that its event has, and hides what it says",
      async () => {
        const { ask, core, events } = await open(() => {
          throw new Error("the password is swordfish");
        });
        const answer = await ask();
        expect(answer.status).toBe(driver.errorStatus);
        expect(await answer.text()).not.toContain("node_modules");
        await core.flush();
        const error = events.find(({ type }) => type === "error");
        expect(error).toMatchObject({ id: answer.headers.get("x-error-id"), handled: true });
        expect(events.filter(({ type }) => type === "request")).toHaveLength(1);
      },
    );

    it("limits, caches and answers other origins where it is told to", async () => {
      let calls = 0;
      const { ask } = await open(() => `answer ${++calls}`, {
        rateLimit: { enabled: true, limit: 4 },
        cache: {
          enabled: true,
          paths: { "/items/*": { ttlMs: 60_000, staleWhileRevalidateMs: 0, ignoreCookies: false } },
        },
        cors: { enabled: true, origins: ["https://app.example"] },
      });
      const origin = { origin: "https://app.example" };
      const first = await ask({ headers: origin });
      expect(first.headers.get("access-control-allow-origin")).toBe("https://app.example");
      const second = await ask({ headers: origin });
      expect([await first.text(), await second.text()]).toEqual(["answer 1", "answer 1"]);
      const preflight = await ask({
        method: "OPTIONS",
        headers: { ...origin, "access-control-request-method": "PUT" },
      });
      expect(preflight.status).toBe(204);
      const statuses = [];
      for (let index = 0; index < 4; index++) statuses.push((await ask({ headers: origin })).status);
      expect(statuses.at(-1)).toBe(429);
      expect(calls).toBe(1);
    });
  });
}
