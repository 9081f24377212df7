import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ErrorEvent } from "@gatewatch/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ServerStandIn, startServerStandIn } from "./ship/server-stand-in.ts";

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const found = spawnSync(process.execPath, [pathOf("../../../tools/node22.mjs")], { encoding: "utf8" });
const node22 = found.status === 0 ? found.stdout.trim() : undefined;

let server: ServerStandIn;
let folder: string;
let running: ChildProcess[];

beforeEach(async () => {
  server = await startServerStandIn();
  folder = mkdtempSync(join(tmpdir(), "gatewatch-node22-"));
  running = [];
});

afterEach(async () => {
  for (const app of running) await end(app);
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function end(app: ChildProcess): Promise<void> {
  if (app.exitCode !== null || app.signalCode !== null) return;
  const exited = once(app, "exit");
  app.kill("SIGKILL");
  await exited;
}

async function startApp(adapter: string, transport: string) {
  const args = [pathOf("node22-app-stand-in.ts"), adapter, server.url, transport, folder];
  const app = spawn(node22 ?? "", args, {
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH: process.env["PATH"], NODE_ENV: "production" },
  });
  running.push(app);
  const log: Record<string, unknown>[] = [];
  const facts = await new Promise<{ version: string; port: number }>((resolve, reject) => {
    app.once("exit", (code) => reject(new Error(`the app ended with ${code}`)));
    createInterface({ input: app.stdout }).on("line", (text) => {
      const line = JSON.parse(text) as Record<string, unknown>;
      if ("port" in line) resolve(line as { version: string; port: number });
      else log.push(line);
    });
  });
  const get = async (path: string): Promise<Response> => await fetch(`http://127.0.0.1:${facts.port}${path}`);
  return { app, log, version: facts.version, get };
}

function errorsOf({ batches }: ServerStandIn): ErrorEvent[] {
  return batches.flatMap(({ events = [] }) => events).filter((event) => event.type === "error");
}

const reason = node22 === undefined ? ` (cannot be had: ${found.stderr.trim()})` : "";
describe.skipIf(node22 === undefined)(`on Node 22${reason}`, () => {
  describe.each(["express", "http"])("%s", (adapter) => {
    it.each(["stream", "http"])("records requests and errors, and delivers them over %s", async (transport) => {
      const { get, log, version } = await startApp(adapter, transport);
      expect(version).toMatch(/^v22\./);
      const fine = await get("/items/7");
      expect([fine.status, await fine.text()]).toEqual([200, "fine"]);
      const failed = await get("/fail");
      expect(failed.status).toBe(500);
      expect(await (await get("/flush")).json()).toMatchObject({ flushed: true, dropped: {}, circuit: "closed" });
      expect(server.sockets).toHaveLength(transport === "stream" ? 1 : 0);

      const [error] = errorsOf(server);
      expect(error).toMatchObject({
        id: failed.headers.get("x-error-id"),
        requestId: failed.headers.get("x-request-id"),
        exceptions: [{ type: "Error", message: "planted failure" }],
        request: { method: "GET", url: "/fail", status: 500 },
      });
      const culprit = error?.exceptions[0]?.frames.find(({ inApp }) => inApp);
      expect(culprit?.file).toMatch(/node22-app-stand-in\.ts$/);
      expect(culprit?.context?.line).toContain("planted failure");

      const columns = server.batches.flatMap(({ dict = [], columns: sent }) =>
        (sent?.request?.status ?? []).map((status, index) => {
          const path = sent?.request?.path[index];
          return [typeof path === "number" ? dict[path] : path, status];
        }),
      );
      expect(columns).toEqual(
        expect.arrayContaining([
          ["/items/7", 200],
          ["/fail", 500],
        ]),
      );
      expect(log).toContainEqual(
        expect.objectContaining({ level: 50, errorId: error?.id, msg: "Error: planted failure" }),
      );
    });

    it("keeps events on disk while the server is away, and the next process delivers them", async () => {
      await server.stop();
      const first = await startApp(adapter, "stream");
      await first.get("/fail");
      const state = (await (await first.get("/flush")).json()) as { spooledBatches: number };
      expect(state.spooledBatches).toBeGreaterThan(0);
      await end(first.app);
      const arrived = new Promise<void>((resolve) => {
        const acknowledge = server.onFrame;
        server.onFrame = (batch, socket) => {
          acknowledge(batch, socket);
          if (errorsOf(server).length > 0) resolve();
        };
      });
      await server.start();
      await startApp(adapter, "stream");
      await arrived;
      expect(errorsOf(server)).toMatchObject([{ exceptions: [{ message: "planted failure" }] }]);
    });
  });
});
