import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { plainEnvironment, ROOT, startProcess, type RunningProcess } from "./start-process.ts";

const CLI = "packages/server/src/cli/main.ts";

export interface RunningServer {
  url: string;
  signInLink: string | null;
  dataDir: string;
  process: RunningProcess;
  /** Runs a command of the command line beside the server; its JSON. */
  command<Answer>(...args: string[]): Answer;
  stop(): Promise<void>;
  /** Stops, and removes the data. */
  remove(): Promise<void>;
}

/** The real server as a process of its own, on a free port. */
export async function startGatewatch(
  options: { dataDir?: string; env?: Record<string, string | undefined>; port?: number } = {},
): Promise<RunningServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "gatewatch-e2e-"));
  const server = startProcess(
    CLI,
    ["start", "--json", "--sign-in-link", "--port", String(options.port ?? 0), "--data", dataDir],
    options.env,
  );
  const started = await server.waitForLine((line) => {
    // The server's own log is JSON too; the answer of the command is the line with the link.
    if (!line.startsWith('{"url"') && !line.startsWith('{"error"')) return undefined;
    return JSON.parse(line) as { url?: string; signInLink: string | null; error?: { message: string } };
  });
  if (started.url === undefined) throw new Error(`the server did not start: ${started.error?.message}`);
  return {
    url: started.url,
    signInLink: started.signInLink,
    dataDir,
    process: server,
    command: <Answer>(...args: string[]) => runCommand<Answer>([...args, "--data", dataDir, "--json"]).json,
    stop: () => server.stop(),
    remove: async () => {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** One command to its end: exit code, outputs, and the standard output as JSON when it is. */
export function runCommand<Answer>(
  args: string[],
  env: Record<string, string> = {},
): { code: number | null; stdout: string; stderr: string; json: Answer } {
  const result = spawnSync(process.execPath, ["--conditions=source", resolve(ROOT, CLI), ...args], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...plainEnvironment(), ...env },
  });
  let json: unknown;
  try {
    json = JSON.parse(result.stdout);
  } catch {
    json = undefined;
  }
  return { code: result.status, stdout: result.stdout, stderr: result.stderr, json: json as Answer };
}
