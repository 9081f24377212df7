import * as Sentry from "@sentry/browser";
import { checkOut } from "./shop.js";

Sentry.init(globalThis.shopOptions);
document.querySelector("#pay").addEventListener("click", () => checkOut([]));
