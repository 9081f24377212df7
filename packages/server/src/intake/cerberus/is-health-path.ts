const HEALTH_NAMES = new Set([
  "health",
  "healthz",
  "healthcheck",
  "health_check",
  "health-check",
  "ready",
  "readyz",
  "readiness",
  "live",
  "livez",
  "liveness",
]);

/** Whether the last segment of a path is one that probes ask for: such requests say nothing of the app's users. */
export function isHealthPath(path: string): boolean {
  const end = path.endsWith("/") ? path.length - 1 : path.length;
  const name = path.slice(path.lastIndexOf("/", end - 1) + 1, end);
  return name.length <= 12 && HEALTH_NAMES.has(name.toLowerCase());
}
