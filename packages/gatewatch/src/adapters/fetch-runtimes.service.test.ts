import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

interface Facts {
  lines: { text: string; url?: string; route?: string; statusCode?: number }[];
  events: {
    type: string;
    path?: string;
    route?: string | null;
    status?: number;
    aborted?: boolean;
    responseBytes?: number;
  }[];
}

const RUNTIMES = [
  { name: "bun", run: ["run"] },
  { name: "deno", run: ["run", "--allow-all"] },
] as const;

describe.each(RUNTIMES)("on $name", ({ name, run }) => {
  const found = spawnSync(process.execPath, [pathOf("../../../../tools/other-runtime.mjs"), name], {
    encoding: "utf8",
  });
  const reason = found.status === 0 ? "" : ` (cannot be had: ${found.stderr.trim()})`;

  describe.skipIf(found.status !== 0).each(["fetch", "hono"])(`gatewatch/%s${reason}`, (kind) => {
    let app: ChildProcess;
    let port: number;
    let facts: Facts;
    let errors = "";
    const answers: Record<string, { status: number; type: string | null; text: string }> = {};

    async function ask(path: string, init?: RequestInit): Promise<Response> {
      return await fetch(`http://127.0.0.1:${port}${path}`, init);
    }

    /** Goes away once the beginning has arrived. */
    async function goAway(path: string): Promise<void> {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.write(`GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`);
      for await (const chunk of socket) if (String(chunk).includes("begin")) break;
      socket.destroy();
      if (!socket.closed) await once(socket, "close");
    }

    beforeAll(async () => {
      app = spawn(found.stdout.trim(), [...run, pathOf("contract/runtime-app-stand-in.mjs"), kind], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: process.env["PATH"], HOME: process.env["HOME"], NODE_ENV: "production" },
      });
      app.stderr!.on("data", (chunk: Buffer) => (errors += String(chunk)));
      port = await new Promise((resolve, reject) => {
        app.once("exit", (code) => reject(new Error(`${name} ended with ${code}: ${errors}`)));
        createInterface({ input: app.stdout! }).on("line", (line) => {
          if (line.startsWith("{")) resolve((JSON.parse(line) as { port: number }).port);
        });
      });
      const visits: [string, RequestInit?][] = [
        ["/whole"],
        ["/items/7"],
        ["/stream"],
        ["/fail"],
        ["/echo", { method: "POST", body: "some words", headers: { "content-type": "text/plain" } }],
        ["/peer"],
      ];
      for (const [path, init] of visits) {
        const answer = await ask(path, init);
        answers[path] = { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
      }
      await goAway("/hold");
      // The runtime hears of it when it does; asking is all that can be done from outside.
      do facts = (await (await ask("/facts")).json()) as Facts;
      while (!facts.lines.some(({ url }) => url === "/hold"));
    });

    afterAll(async () => {
      if (app.exitCode !== null) return;
      const exited = once(app, "exit");
      app.kill("SIGKILL");
      await exited;
    });

    it("answers as the app does", () => {
      expect(answers["/whole"]).toMatchObject({ status: 200, text: "whole" });
      expect(answers["/whole"]?.type?.toLowerCase().replace(" ", "")).toBe("text/plain;charset=utf-8");
      expect(answers["/stream"]).toMatchObject({ status: 200, text: "one two three" });
      expect(answers["/echo"]).toMatchObject({ status: 200, text: "some words" });
      expect(answers["/fail"]?.status).toBe(500);
    });

    it("leaves one line and one event for each request, and one for the error", () => {
      const requests = facts.events.filter(({ type }) => type === "request");
      for (const [path, { status }] of Object.entries(answers)) {
        expect(requests.filter((event) => event.path === path)).toMatchObject([{ status }]);
        expect(facts.lines.filter(({ url, statusCode }) => url === path && statusCode !== undefined)).toHaveLength(1);
      }
      expect(facts.events.filter(({ type }) => type === "error")).toMatchObject([
        { exceptions: [{ message: "planted failure" }] },
      ]);
      expect(requests.find(({ path }) => path === "/items/7")?.route ?? null).toBe(
        kind === "hono" ? "/items/:id" : null,
      );
    });

    it("sees a client that goes away in the middle", () => {
      expect(facts.events.filter(({ path }) => path === "/hold")).toMatchObject([{ aborted: true, responseBytes: 5 }]);
    });

    it("knows the address of the other end", () => {
      expect(JSON.parse(answers["/peer"]?.text ?? "")).toEqual({ peer: "127.0.0.1" });
    });

    it("compresses, and says nothing on standard error", async () => {
      const answer = await ask("/big", { headers: { "accept-encoding": "gzip" } });
      expect(answer.headers.get("content-encoding")).toBe("gzip");
      expect(await answer.text()).toBe("x".repeat(10_000));
      expect(errors).toBe("");
    });
  });
});
