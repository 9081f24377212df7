import type { IconName } from "../components/icon.tsx";

/** Where the rail, the command menu and the keys can go. */
export const DESTINATIONS: { path: string; name: string; icon: IconName; keys: string }[] = [
  { path: "/", name: "Overview", icon: "overview", keys: "g o" },
  { path: "/issues", name: "Issues", icon: "issues", keys: "g i" },
  { path: "/protection", name: "Protection", icon: "shield", keys: "g p" },
  { path: "/live", name: "Live", icon: "live", keys: "g l" },
];

export function isAt(path: string, location: string): boolean {
  return path === "/" ? location === "/" : location === path || location.startsWith(`${path}/`);
}
