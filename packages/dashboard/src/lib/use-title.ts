import { useEffect } from "react";
import { announce } from "./announce.ts";

let before = "";

/** Names the page in the tab, and says it aloud when one screen gives way to another. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Gatewatch`;
    if (before !== "" && before !== title) announce(title);
    before = title;
  }, [title]);
}
