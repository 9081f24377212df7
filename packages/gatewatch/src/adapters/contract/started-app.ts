import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program that says in a line where it listens, in a process of its own. */
export class StartedApp {
  readonly url: string;
  /** The lines that it has written since, as far as they are JSON. */
  readonly lines: Record<string, unknown>[] = [];
  readonly #child: ChildProcess;
  #wake: (() => void) | undefined;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** @param args of Node; the environment is only what is given, beside the path. */
  static async start(args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<StartedApp> {
    const child = spawn(process.execPath, args, {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], NODE_ENV: "production", ...env },
    });
    let complaint = "";
    child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
    const lines = createInterface({ input: child.stdout });
    const early: string[] = [];
    lines.on("line", (line) => early.push(line));
    const url = await new Promise<string>((resolve, reject) => {
      child.once("close", (code) => reject(new Error(`the app ended with ${code}: ${complaint}`)));
      lines.on("line", (line) => {
        const found = /listening on (\S+)/.exec(line)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    const app = new StartedApp(child, url);
    for (const line of early) app.#keep(line);
    lines.on("line", (line) => app.#keep(line));
    return app;
  }

  async ask(path: string, init?: RequestInit): Promise<{ status: number; text: string; headers: Headers }> {
    const answer = await fetch(this.url + path, init);
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  }

  /** Resolves when such a line was written. */
  async untilLine(fits: (line: Record<string, unknown>) => boolean): Promise<void> {
    while (!this.lines.some(fits)) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "close");
    return this.#child.exitCode;
  }

  /** Ends it as a platform would, and waits until it has said all that it had to say. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, "close");
    this.#child.kill("SIGTERM");
    await closed;
  }

  #keep(line: string): void {
    if (line.startsWith("{")) this.lines.push(JSON.parse(line) as Record<string, unknown>);
    this.#wake?.();
  }
}
