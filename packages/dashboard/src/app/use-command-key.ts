import { useEffect, useRef } from "react";

/** ⌘K, or Ctrl+K; works from inside a field too. */
export function useCommandKey(open: () => void): void {
  const latest = useRef(open);
  useEffect(() => {
    latest.current = open;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}

/** How this machine writes the key. */
export const COMMAND_KEY = typeof navigator !== "undefined" && /Mac|iP/.test(navigator.userAgent) ? "⌘ K" : "Ctrl K";
