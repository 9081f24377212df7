import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";

/** `next start` in a process of its own. */
export class NextApp {
  readonly port: number;
  /** The lines that the app has written to its log. */
  readonly log: Record<string, unknown>[] = [];
  readonly #child: ChildProcess;
  #wake: (() => void) | undefined;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(folder: string, env: Record<string, string>): Promise<NextApp> {
    const next = join(folder, "node_modules/next/dist/bin/next");
    const child = spawn(process.execPath, [next, "start", "-p", "0", "-H", "127.0.0.1"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
      env: { PATH: process.env["PATH"], NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", ...env },
    });
    const lines = createInterface({ input: child.stdout });
    const early: string[] = [];
    lines.on("line", (line) => early.push(line));
    const port = await new Promise<number>((resolve, reject) => {
      let found = 0;
      child.once("exit", (code) => reject(new Error(`next start ended with ${code}`)));
      lines.on("line", (line) => {
        found ||= Number(/Local:\s+http:\/\/[\w.]+:(\d+)/.exec(line)?.[1] ?? 0);
        // Next takes requests before it has called `register`.
        if (found > 0 && line.includes('"code":"started"')) resolve(found);
      });
    });
    const app = new NextApp(child, port);
    for (const line of early) app.#keep(line);
    lines.on("line", (line) => app.#keep(line));
    return app;
  }

  async ask(path: string, init?: RequestInit): Promise<Response> {
    return await fetch(`http://127.0.0.1:${this.port}${path}`, { redirect: "manual", ...init });
  }

  /** Resolves when a line about this target has been written. */
  async waitForLine(url: string): Promise<void> {
    const isIt = (line: Record<string, unknown>): boolean => (line["req"] as { url?: string } | undefined)?.url === url;
    while (!this.log.some(isIt)) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** Ends it as a platform would, and waits until it has said all that it had to say. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close");
    child.kill("SIGTERM");
    await closed;
  }

  #keep(line: string): void {
    if (line.startsWith("{")) this.log.push(JSON.parse(line) as Record<string, unknown>);
    this.#wake?.();
  }
}
