import type { ShopRequest } from "./http-shop.ts";

export type HttpEvent = Record<string, unknown>;

/** How a request is written down: the URL and the form as they came, or path and parameters apart and decoded. */
export type HttpForm = "raw" | "parsed";

export function toHttpEvent(request: ShopRequest, form: HttpForm): HttpEvent {
  const { method, path, pairs, cookie, agent, address } = request;
  const isForm = method === "POST";
  if (form === "parsed") {
    const sent = Object.fromEntries(pairs.map(([name, value]) => [name === "__proto__" ? "__proto" : name, value]));
    return {
      type: "http_request",
      method,
      path,
      client_address: address,
      user_agent: agent,
      [isForm ? "body" : "query"]: sent,
    };
  }
  const encoded = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
  const url = `http://shop.example:8080${path}${isForm || encoded === "" ? "" : `?${encoded}`}`;
  const event: HttpEvent = { method, url, cookie, user_agent: agent, client_address: address };
  if (isForm) Object.assign(event, { content_type: "application/x-www-form-urlencoded", body: encoded });
  return event;
}

/** As browsers write forms. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll("%20", "+")
    .replaceAll(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
