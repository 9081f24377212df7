import type { LocalLog } from "./layers/log/local-log.ts";
import type { ResolvedOptions } from "./options/resolve-options.ts";

/** One line: whether events are delivered, and where to; before it what is wrong with the environment. */
export function sayStart(
  options: ResolvedOptions,
  warnings: readonly string[],
  destinations: readonly string[],
  log: LocalLog,
): void {
  for (const message of warnings) log.writeNotice({ level: "warn", code: "config_ignored", message });
  // Names alone: values may be secrets.
  log.writeDebug(options.set.length === 0 ? "every option has its default" : `options set: ${options.set.join(", ")}`);
  const where = destinations.join(", ");
  const preset = options.preset === null ? "" : `; preset ${options.preset}`;
  const message = !options.enabled
    ? "delivery is off (enabled: false); the local log stays on"
    : where === ""
      ? "no server is configured (set GATEWATCH_URL and GATEWATCH_TOKEN); errors are logged here but not sent"
      : `enabled, events go to ${where}`;
  log.writeNotice({
    level: options.enabled && where === "" ? "warn" : "info",
    code: "started",
    message: message + preset,
  });
}
