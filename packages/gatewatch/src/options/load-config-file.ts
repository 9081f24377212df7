import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ConfigError } from "./config-error.ts";

const NAMES = ["mts", "ts", "mjs", "js", "cjs"].map((ending) => `gatewatch.config.${ending}`);

/**
 * The default export of the folder's `gatewatch.config.mts` (or .ts, .mjs, .js, .cjs); undefined when there is none.
 * @throws ConfigError when the file cannot be loaded or exports no object.
 */
export function loadConfigFile(folder: string = process.cwd()): object | undefined {
  const name = NAMES.find((candidate) => existsSync(join(folder, candidate)));
  if (name === undefined) return undefined;
  const loaded = load(folder, name);
  const options: unknown =
    typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : loaded;
  if (typeof options === "object" && options !== null) return options;
  throw new ConfigError("invalid_option", name, `${name} must export the options as its default export.`);
}

function load(folder: string, name: string): unknown {
  try {
    return createRequire(join(folder, name))(join(folder, name));
  } catch (error) {
    const isAsync = error instanceof Error && "code" in error && error.code === "ERR_REQUIRE_ASYNC_MODULE";
    const reason = isAsync ? "a top-level await cannot be waited for at start" : String(error);
    throw new ConfigError("invalid_option", name, `${name} could not be loaded: ${reason}.`);
  }
}
