import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CommandError } from "./command.ts";

/** A server somewhere else, and the token for it. */
export interface Login {
  url: string;
  token: string;
}

/** Its owner's alone; outside of every project, so that it is never committed. */
export function loginPath(env: Record<string, string | undefined> = process.env): string {
  return join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "gatewatch", "login.json");
}

export function readLogin(path = loginPath()): Login | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new CommandError(`${path} cannot be read: ${code ?? message}.`, { cause: error });
  }
  try {
    const { url, token } = (JSON.parse(text) ?? {}) as Partial<Login>;
    if (typeof url === "string" && typeof token === "string") return { url, token };
  } catch {
    // Told below.
  }
  throw new CommandError(`${path} is damaged; run \`gatewatch login\` again.`);
}

export function writeLogin(login: Login, path = loginPath()): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true });
  writeFileSync(path, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600, flag: "wx" });
}
