import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");

export interface RunningProcess {
  child: ChildProcess;
  /** Everything written so far, both streams. */
  output(): string;
  /** The first line that `pick` turns into a value; rejects when the process ends before. */
  waitForLine<T>(pick: (line: string) => T | undefined): Promise<T>;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const OWN_SETTINGS =
  /^(?:GATEWATCH|AI_AGENT|CERBERUS|DRIFTLOCK)_|^(?:DATABASE_URL|REDIS_URL|WEBHOOK_URL|APP_VERSION|HOSTNAME|NODE_ENV|\w+_API_KEY)$/;

/** The environment without what the machine's owner has set for a Gatewatch of his own: its database above all. */
export function plainEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN_SETTINGS.test(name)));
}

/** Runs a script of the project under this Node. */
export function startProcess(
  script: string,
  args: string[],
  env: Record<string, string | undefined> = {},
): RunningProcess {
  return startCommand(process.execPath, ["--conditions=source", resolve(ROOT, script), ...args], env, script);
}

/** Runs any program; `name` is how failures call it. */
export function startCommand(
  command: string,
  args: string[],
  env: Record<string, string | undefined> = {},
  name = command,
): RunningProcess {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...plainEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  let ended = false;
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface({ input: stream }).on("line", (line) => {
      output += `${line}\n`;
      lines.push(line);
      for (const watcher of watchers) watcher();
    });
  }
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) => {
    child.once("close", (code, signal) => {
      ended = true;
      done({ code, signal });
      for (const watcher of watchers) watcher();
    });
  });
  return {
    child,
    output: () => output,
    exited,
    waitForLine: (pick) =>
      new Promise((done, fail) => {
        let next = 0;
        const watch = (): void => {
          for (; next < lines.length; next++) {
            const value = pick(lines[next]!);
            if (value === undefined) continue;
            watchers.delete(watch);
            done(value);
            return;
          }
          if (ended) {
            watchers.delete(watch);
            fail(new Error(`${name} ended before the line came:\n${output}`));
          }
        };
        watchers.add(watch);
        watch();
      }),
    stop: async (signal = "SIGTERM") => {
      if (!ended) child.kill(signal);
      await exited;
    },
  };
}
