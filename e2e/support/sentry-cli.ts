import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { installFromNpm } from "./install-from-npm.ts";
import { plainEnvironment } from "./start-process.ts";

/** Where a command line uploads to. */
export interface UploadTarget {
  url: string;
  token: string;
}

/** The program itself, from its package for this machine: its main package would fetch it in an install script. */
export function installSentryCli(version: string): { version: string; program?: string; reason?: string } {
  // One package holds both kinds of Mac.
  const name = process.platform === "darwin" ? "cli-darwin" : `cli-${process.platform}-${process.arch}`;
  const { folder, reason } = installFromNpm(`sentry-cli-${version}`, [`@sentry/${name}@${version}`]);
  if (folder === undefined) return { version, reason };
  return { version, program: join(folder, "node_modules/@sentry", name, "bin/sentry-cli") };
}

/** The settings by which these tools find the server, and that keep them from anything else. */
export function uploadEnvironment({ url, token }: UploadTarget): NodeJS.ProcessEnv {
  return {
    ...plainEnvironment(),
    SENTRY_URL: url,
    SENTRY_AUTH_TOKEN: token,
    SENTRY_ORG: "any",
    SENTRY_PROJECT: "default",
    SENTRY_LOAD_DOTENV: "0",
    SENTRY_CLI_NO_TELEMETRY: "1",
    DO_NOT_TRACK: "1",
    HOME: "/nonexistent",
  };
}

/** Runs one command to its end; what it has written. Throws when it fails. */
export function runSentryCli(program: string, target: UploadTarget, args: readonly string[], cwd: string): string {
  const result = spawnSync(program, [...args], {
    cwd,
    encoding: "utf8",
    env: uploadEnvironment(target),
    timeout: 120_000,
  });
  const output = `${result.stdout}${result.stderr}`;
  if (result.status !== 0) throw new Error(`sentry-cli ${args.join(" ")} failed:\n${result.error?.message ?? output}`);
  return output;
}
