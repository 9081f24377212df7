import type { ErrorEvent, Evidence } from "@gatewatch/protocol";

export type IssueTabId = "stack" | "breadcrumbs" | "request" | "similar" | "activity" | "grouping";

/** A place on the page that a claim rests on. */
export interface Anchor {
  id: string;
  /** The tab that must be open; null: always on the page. */
  tab: IssueTabId | null;
}

export const frameAnchor = (exception: number, frame: number) => `frame-${exception}-${frame}`;
export const exceptionAnchor = (exception: number) => `exception-${exception}`;
export const crumbAnchor = (index: number) => `crumb-${index}`;
export const shareAnchor = (name: string) => `share-${name}`;
/** Evidence may hold the beginning of a long message. */
const COMPARED = 100;
export const REQUEST_ANCHOR = "request";

function readField(data: unknown, name: string): unknown {
  return typeof data === "object" && data !== null && name in data
    ? (data as Record<string, unknown>)[name]
    : undefined;
}

/** Where a piece of evidence is shown, found by what it says; undefined when this event does not have it. */
export function findAnchor(evidence: Evidence, event: ErrorEvent | null): Anchor | undefined {
  const exceptions = event?.exceptions ?? [];
  const ordinal = Number(/\d+$/.exec(evidence.id)?.[0] ?? "1") - 1;
  switch (evidence.kind) {
    case "frame": {
      const file = readField(evidence.data, "file");
      const line = readField(evidence.data, "line");
      const owner = Number(/^E(\d+)$/.exec(String(readField(evidence.data, "exception")))?.[1]) - 1;
      const places = exceptions.flatMap(({ frames }, exception) =>
        frames.flatMap((frame, index) =>
          frame.file === file && (line == null || frame.line === line) ? [{ exception, index }] : [],
        ),
      );
      const place = places.find(({ exception }) => exception === owner) ?? places[0];
      return place && { id: frameAnchor(place.exception, place.index), tab: "stack" };
    }
    case "exception": {
      const type = readField(evidence.data, "type");
      const index = exceptions[ordinal]?.type === type ? ordinal : exceptions.findIndex((item) => item.type === type);
      return index < 0 ? undefined : { id: exceptionAnchor(index), tab: "stack" };
    }
    case "breadcrumb": {
      const message = readField(evidence.data, "message");
      const msBefore = readField(evidence.data, "msBefore");
      if (typeof message !== "string") return undefined;
      const start = message.slice(0, COMPARED);
      const places = (event?.breadcrumbs ?? []).flatMap((crumb, index) =>
        crumb.message.startsWith(start) ? [{ crumb, index }] : [],
      );
      const place = places.find(({ crumb }) => event && event.time - crumb.time === msBefore) ?? places.at(-1);
      return place && { id: crumbAnchor(place.index), tab: "breadcrumbs" };
    }
    case "request":
      return event?.request && { id: REQUEST_ANCHOR, tab: "request" };
    case "share":
    case "release": {
      const name = readField(evidence.data, "name") ?? (evidence.kind === "release" ? "release" : undefined);
      return typeof name === "string" ? { id: shareAnchor(name), tab: null } : undefined;
    }
  }
}

/** Opens what hides the place, brings it into sight and lets it light up once. */
export function revealAnchor(id: string, frames = 10): void {
  const place = document.getElementById(id);
  if (!place) {
    // The tab that holds it may be drawn a frame later.
    if (frames > 0) requestAnimationFrame(() => revealAnchor(id, frames - 1));
    return;
  }
  for (let fold = place.closest("details"); fold; fold = fold.parentElement?.closest("details") ?? null) {
    fold.open = true;
  }
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  place.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  place.classList.remove("animate-flash");
  // Reading the layout between the two lets the animation start anew.
  void place.offsetWidth;
  place.classList.add("animate-flash");
}
