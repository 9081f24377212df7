import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ErrorEvent } from "@gatewatch/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServerStandIn, startServerStandIn } from "../ship/server-stand-in.ts";

interface Line {
  msg?: string;
  reqId?: string;
  req?: { method: string; url: string; route?: string };
  res?: { statusCode: number };
}

const ORDER = { method: "POST", headers: { "content-type": "application/json" } };

const VISITS: readonly [path: string, init: RequestInit, status: number, route: string | undefined][] = [
  ["/products?q=lamp", {}, 200, "/products"],
  ["/products/1", {}, 200, "/products/:id"],
  ["/products/9", {}, 404, "/products/:id"],
  ["/products/6", {}, 500, "/products/:id"],
  ["/orders", { ...ORDER, body: '{"productId":2,"quantity":1}' }, 201, "/orders"],
  ["/orders?many", { ...ORDER, body: '{"productId":2,"quantity":9}' }, 500, "/orders"],
  ["/nowhere", {}, 404, undefined],
];

describe.each([
  // A plain handler names the one route that has parameters.
  ["fetch", (route: string | undefined) => (route === "/products/:id" ? route : undefined), 2],
  ["hono", (route: string | undefined) => route, 3],
])("examples/%s", (name, toRoute, errorCount) => {
  let server: ServerStandIn;
  let shop: ChildProcess;
  let address: string;
  const log: Line[] = [];
  const answers = new Map<string, Response>();

  beforeAll(async () => {
    server = await startServerStandIn();
    const folder = fileURLToPath(new URL(`../../../../examples/${name}`, import.meta.url));
    const env = { PATH: process.env["PATH"], NODE_ENV: "production", GATEWATCH_URL: server.url, GATEWATCH_TOKEN: "x" };
    shop = spawn(process.execPath, ["--conditions=source", "src/main.ts"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
      env,
    });
    const lines = createInterface({ input: shop.stdout! });
    address = await new Promise<string>((resolve, reject) => {
      shop.once("exit", (code) => reject(new Error(`the shop ended with ${code}`)));
      lines.on("line", (line) => {
        if (line.startsWith("{")) log.push(JSON.parse(line) as Line);
        else if (line.startsWith("shop listening on ")) resolve(line.slice("shop listening on ".length));
      });
    });
    for (const [path, init] of VISITS) answers.set(path, await fetch(`${address}${path}`, init));
    await Promise.all([...answers.values()].map((answer) => answer.text()));
    const closed = once(shop, "close");
    shop.kill("SIGTERM");
    await closed;
  });

  afterAll(async () => {
    if (shop.exitCode === null && shop.signalCode === null) shop.kill("SIGKILL");
    await server.stop();
  });

  it.each(VISITS)("%s leaves one line, with its route and status", (path, _init, status, route) => {
    const answer = answers.get(path);
    expect(answer?.status).toBe(status);
    const lines = log.filter(({ msg, req }) => msg === "request completed" && req?.url === path);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ reqId: answer?.headers.get("x-request-id"), res: { statusCode: status } });
    expect(lines[0]?.req?.route).toBe(toRoute(route));
  });

  it("delivers each planted error once, with its request", () => {
    const errors = server.batches.flatMap(({ events = [] }) => events).filter((event) => event.type === "error");
    expect(errors).toHaveLength(errorCount);
    const order = (errors as ErrorEvent[]).find(({ exceptions }) => exceptions[0]?.type === "RangeError");
    expect(order).toMatchObject({
      exceptions: [{ message: "Only 3 of 2 in stock, 9 wanted" }],
      request: { method: "POST", url: "/orders?many", status: 500, body: { productId: 2, quantity: 9 } },
    });
    expect(order?.exceptions[0]?.frames[0]).toMatchObject({ file: expect.stringContaining("shop.ts"), inApp: true });
  });

  it("runs the layers of a single route", () => {
    expect(answers.get("/orders")?.headers.get("x-processing-time")).toMatch(/^\d+\.\d{3}s$/);
    expect(answers.get("/products/1")?.headers.get("x-processing-time")).toBeNull();
  });
});
