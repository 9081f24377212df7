import { checkOut } from "./shop.js";

globalThis.Sentry.init(globalThis.shopOptions);
document.querySelector("#pay").addEventListener("click", () => checkOut([]));
