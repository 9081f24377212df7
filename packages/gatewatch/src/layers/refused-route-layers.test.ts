import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { expect, it } from "vitest";
import { gatewatch, guard } from "../adapters/express.ts";
import { createGatewatch } from "../create-gatewatch.ts";

it("a layer that does not go with the app's options is left out and named once; the route's others run", async () => {
  const said: string[] = [];
  const say = (message: string, fields: object): void => void said.push(`${message} ${JSON.stringify(fields)}`);
  const core = createGatewatch(
    { cors: { origins: "*" }, logger: { info: () => undefined, warn: () => undefined, error: say } },
    { env: {}, dotenv: undefined, file: {} },
  );
  const app = express().use(gatewatch(core));
  const mixed = guard({
    cors: { credentials: true },
    rateLimit: { store: "redis", limit: 1 },
    timing: { processingTimeHeader: true },
    securityHeaders: { xFrameOptions: "DENY" },
  });
  app.get("/", mixed, (_request, response) => void response.send("fine"));
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    for (let round = 0; round < 2; round++) {
      const { port } = server.address() as AddressInfo;
      const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { origin: "https://a.test" } });
      expect([answer.status, await answer.text()]).toEqual([200, "fine"]);
      const { headers } = answer;
      expect(headers.get("x-processing-time")).toMatch(/^\d+\.\d{3}s$/);
      expect(headers.get("x-frame-options")).toBe("DENY");
      // The app's own rules hold.
      expect(headers.get("access-control-allow-origin")).toBe("*");
      expect(headers.get("access-control-allow-credentials")).toBeNull();
    }
    expect(said).toEqual([
      expect.stringContaining("guard({ cors }) is left out: cors.credentials is true while cors.origins is"),
      expect.stringContaining("guard({ rateLimit }) is left out: rateLimit.store is"),
    ]);
    expect(core.stats().hooks.failures).toEqual({});
  } finally {
    server.closeAllConnections();
    server.close();
    await core.close(0);
  }
});
