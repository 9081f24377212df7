import { type ChildProcess, fork } from "node:child_process";
import { request } from "node:http";
import { afterAll, describe, expect, it } from "vitest";

const url = process.env["GATEWATCH_TEST_REDIS_URL"] ?? "";
const PROCESSES = 8;
let serial = 0;

interface App {
  child: ChildProcess;
  port: number;
}

describe.skipIf(url === "")("processes that share a cache in Redis", () => {
  const children: ChildProcess[] = [];
  afterAll(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  /** Processes that tell of every run of their handler. */
  async function start(delayMs: number): Promise<{ apps: App[]; runs: { ran: string; pid: number }[] }> {
    const prefix = `t-processes-${process.pid}-${serial++}:`;
    const runs: { ran: string; pid: number }[] = [];
    const apps = await Promise.all(
      Array.from({ length: PROCESSES }, () => {
        const child = fork(`${import.meta.dirname}/cache-process-stand-in.ts`, [url, prefix, String(delayMs)], {
          execArgv: ["--conditions=source"],
        });
        children.push(child);
        return new Promise<App>((resolve, reject) => {
          child.once("exit", () => reject(new Error("a process ended before it was ready")));
          child.on("message", (message: { port?: number; ran?: string; pid?: number }) => {
            if (message.port !== undefined) resolve({ child, port: message.port });
            else runs.push(message as { ran: string; pid: number });
          });
        });
      }),
    );
    return { apps, runs };
  }

  function ask(port: number, path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port, path, headers: { host: "shop.test" } }, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => (text += chunk));
        answer.on("end", () => resolve(text));
        answer.on("error", reject);
      });
      asked.on("error", reject);
      asked.end();
    });
  }

  it("run the handler once for all of them as long as what it brought is fresh, and each for itself what is private", async () => {
    const { apps, runs } = await start(300);
    const answers = await Promise.all(
      apps.flatMap(({ port }) => Array.from({ length: 5 }, () => ask(port, "/shared"))),
    );
    expect(new Set(answers).size).toBe(1);
    expect(runs).toHaveLength(1);
    const later = await Promise.all(apps.map(({ port }) => ask(port, "/shared")));
    expect(new Set([...answers, ...later]).size).toBe(1);
    expect(runs).toHaveLength(1);
    // What is nobody else's is not waited for.
    const own = await Promise.all(apps.map(({ port }) => ask(port, "/private")));
    expect(new Set(own).size).toBe(PROCESSES);
    expect(runs).toHaveLength(1 + PROCESSES);
  });

  it("go on when the one that fills dies: another one takes over, and still only one", async () => {
    const { apps, runs } = await start(1500);
    const answers = apps.map(({ port }) => ask(port, "/crash").catch(() => "died"));
    await expect.poll(() => runs.length, { timeout: 20_000 }).toBe(1);
    apps.find(({ child }) => child.pid === runs[0]?.pid)?.child.kill("SIGKILL");
    const got = await Promise.all(answers);
    expect(got.filter((text) => text === "died")).toHaveLength(1);
    expect(new Set(got.filter((text) => text !== "died"))).toEqual(new Set([`by ${runs[1]?.pid}`]));
    expect(runs).toHaveLength(2);
  });
});
