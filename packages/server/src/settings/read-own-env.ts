import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";

/** Names that are ours to read from a `.env` file; everything else in it belongs to somebody else. */
const OWN = /^(GATEWATCH_\w+|DATABASE_URL|REDIS_URL|WEBHOOK_URL|ANTHROPIC_API_KEY|OPENAI_API_KEY)$/;

/** The environment, with our own keys of `<folder>/.env` where the environment has none. */
export function readOwnEnv(
  folder: string,
  env: Record<string, string | undefined>,
): Record<string, string | undefined> {
  let text: string;
  try {
    text = readFileSync(join(folder, ".env"), "utf8");
  } catch {
    return env;
  }
  const own = Object.entries(parseEnv(text)).filter(([name]) => OWN.test(name));
  return { ...Object.fromEntries(own), ...env };
}
