import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import { RedactionOptionError, type Redactor } from "@gatewatch/protocol/redact/redactor";
import { ConfigError } from "./options/config-error.ts";
import type { ConfigOptions, RedactOptions } from "./options/options.ts";

const LISTS = ["keys", "allowKeys", "headers", "patterns"] as const;

/**
 * The redactor that the options ask for. What code has set wrong is refused; what the environment has set wrong is said in `warnings` and
 * left out, so that a typing error there neither stops the app nor takes the other rules away.
 * @param inCode the part of the options that code has set.
 * @throws ConfigError for a mistake in code.
 */
export function buildRedactor(options: RedactOptions, inCode: ConfigOptions["redact"], warnings: string[]): Redactor {
  if (isUsable(options)) return createRedactor(options);
  const usable = { ...options };
  for (const option of LISTS) {
    try {
      createRedactor({ [option]: usable[option] });
    } catch (error) {
      if (!(error instanceof RedactionOptionError)) throw error;
      const name = `redact.${option}`;
      if (inCode?.[option] !== undefined) throw new ConfigError("invalid_option", name, `${name}: ${error.message}`);
      warnings.push(`${error.message} It is ignored.`);
      usable[option] = keepUsable(option, usable[option]);
    }
  }
  return createRedactor(usable);
}

function keepUsable(option: (typeof LISTS)[number], items: readonly string[]): readonly string[] {
  const kept = items.filter((item) => isUsable({ [option]: [item] }));
  return isUsable({ [option]: kept }) ? kept : [];
}

function isUsable(options: Partial<RedactOptions>): boolean {
  try {
    createRedactor(options);
    return true;
  } catch {
    return false;
  }
}
