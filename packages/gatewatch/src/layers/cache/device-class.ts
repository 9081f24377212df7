import type { HeaderReader } from "../../gate/exchange.ts";

export type DeviceClass = "mobile" | "desktop";

/** Headers that tell the device. */
export const DEVICE_HEADERS: ReadonlySet<string> = new Set(["user-agent", "sec-ch-ua-mobile"]);

const MOBILE = /Mobi|Android|iPhone|iPod|iPad|Windows Phone|BlackBerry|Opera Mini/;

/** By the client hint where there is one, else by the user agent's name. */
export function readDeviceClass(headers: HeaderReader): DeviceClass {
  const hint = headers.get("sec-ch-ua-mobile");
  if (hint !== undefined) return hint === "?1" ? "mobile" : "desktop";
  return MOBILE.test(headers.get("user-agent") ?? "") ? "mobile" : "desktop";
}
