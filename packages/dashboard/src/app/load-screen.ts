/** Screens beside the first one come when they are wanted, or a moment before. */
export const loadIssues = async () => ({ default: (await import("../features/issues/issues.tsx")).Issues });
export const loadIssue = async () => ({ default: (await import("../features/issue/issue.tsx")).Issue });
export const loadLive = async () => ({ default: (await import("../features/live/live.tsx")).Live });
export const loadProtection = async () => ({
  default: (await import("../features/protection/protection.tsx")).Protection,
});

const LOADERS: Record<string, () => Promise<unknown>> = {
  "/issues": loadIssues,
  "/live": loadLive,
  "/protection": loadProtection,
};

/** Fetches the code behind an address as soon as somebody points at it. */
export function preloadScreen(path: string): void {
  // A failure shows when the screen is opened; pointing at it must stay silent.
  LOADERS[path]?.().catch(() => undefined);
}
