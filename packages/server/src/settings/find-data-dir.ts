import { readOwnEnv } from "./read-own-env.ts";
import { resolveDataDir } from "./server-settings.ts";

/** The data folder that `gatewatch start` would use from here: the flag, the environment, this folder's `.env`, the default. */
export function findDataDir(flag?: unknown): string {
  return resolveDataDir(readOwnEnv(process.cwd(), process.env), flag);
}
