import { totalOfCart } from "./cart.js";

/** What the page's button does. */
export function checkOut(items) {
  const total = totalOfCart(items);
  console.log(`to pay: ${total}`);
}
