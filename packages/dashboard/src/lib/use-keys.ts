import { useEffect, useRef } from "react";
import { createKeyReader, type KeyMap } from "./key-reader.ts";

const maps: { current: KeyMap }[] = [];
const read = createKeyReader();

/** True where the reader types, or where a menu or a dialog has the keyboard. */
function isBusy(target: EventTarget | null): boolean {
  if (document.querySelector("dialog[open], [role=menu]")) return true;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input:not([type=checkbox]), textarea, select") !== null)
  );
}

function listen(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
  const key = event.key === " " ? "Space" : event.key;
  // A focused control keeps the two keys that press it.
  const onControl = event.target instanceof HTMLElement && event.target.closest("button, a, input, summary") !== null;
  if (onControl && (key === "Enter" || key === "Space")) return;
  const keys: KeyMap = Object.assign({}, ...maps.map((map) => map.current));
  const run = read(keys, key, event.timeStamp);
  if (!run) return;
  event.preventDefault();
  run();
}

/** Single keys and two-key sequences for as long as the component is there; the newest component with a key has it. */
export function useKeys(keys: KeyMap): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    if (maps.length === 0) window.addEventListener("keydown", listen);
    maps.push(latest);
    return () => {
      maps.splice(maps.indexOf(latest), 1);
      if (maps.length === 0) window.removeEventListener("keydown", listen);
    };
  }, []);
}
