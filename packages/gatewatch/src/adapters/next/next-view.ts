import type { IncomingMessage } from "node:http";
import type { FrameworkView } from "../../gate/node/node-exchange.ts";
import { HTTP_VIEW } from "../node/http-view.ts";

/** Where Next notes on a request what it has found out about it. */
const META = Symbol.for("NextInternalRequestMeta");

/** What Next tells of a request: the page or route that it belongs to (`/items/[id]`). */
export const NEXT_VIEW: FrameworkView = { ...HTTP_VIEW, route: readRoute };

function readRoute(request: IncomingMessage): string | null {
  const meta: unknown = Reflect.get(request, META);
  if (typeof meta !== "object" || meta === null) return null;
  // The match is the error page's once something has failed; what was invoked first stays.
  const { invokeOutput, match } = meta as { invokeOutput?: unknown; match?: { definition?: { pathname?: unknown } } };
  const found = typeof invokeOutput === "string" && invokeOutput !== "" ? invokeOutput : match?.definition?.pathname;
  return typeof found === "string" && found.startsWith("/") && !found.startsWith("/_") ? found : null;
}

/** `/items/7` with `{ id: "7" }` is `/items/[id]`; several segments of one name are `[...name]`. */
export function nameSegments(path: string, params: Readonly<Record<string, unknown>>): string {
  let template = path;
  for (const [name, value] of Object.entries(params)) {
    const isList = Array.isArray(value);
    const found = isList
      ? value.map((part) => encodeURIComponent(String(part))).join("/")
      : encodeURIComponent(String(value));
    if (found === "") continue;
    template = replaceSegments(template, found, isList ? `[...${name}]` : `[${name}]`);
  }
  return template;
}

function replaceSegments(path: string, found: string, name: string): string {
  const at = `${path}/`.indexOf(`/${found}/`);
  return at === -1 ? path : `${path.slice(0, at)}/${name}${path.slice(at + 1 + found.length)}`;
}
