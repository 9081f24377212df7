/** Where values came from. */
export interface ValueSources {
  file: ReadonlyMap<string, unknown>;
  /** Names of the environment variables that were read, by option. */
  environment: ReadonlyMap<string, string>;
  code: ReadonlyMap<string, unknown>;
}

/**
 * The variables `CERBERUS_…` name the Gatewatch server, which speaks that format too, until the Cerberus stream is on: then they name the
 * Cerberus backend, and the server has to be named by its own variables.
 */
export function settleCerberus(values: Map<string, unknown>, { file, environment, code }: ValueSources): void {
  const isNamed =
    code.has("cerberus.wsUrl") ||
    file.has("cerberus.wsUrl") ||
    environment.get("cerberus.wsUrl") === "GATEWATCH_CERBERUS_WS_URL";
  if (!values.has("cerberus.enabled") && isNamed && values.get("cerberus.wsUrl") !== null) {
    values.set("cerberus.enabled", true);
  }
  if (values.get("cerberus.enabled") !== true) return;
  for (const key of ["url", "token"]) {
    if (code.has(key) || environment.get(key)?.startsWith("CERBERUS_") !== true) continue;
    values.delete(key);
    if (file.has(key)) values.set(key, file.get(key));
  }
}
