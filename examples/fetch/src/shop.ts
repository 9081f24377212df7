import { gatewatch, guard, type GatewatchRequest } from "gatewatch/fetch";
import { findProduct, listProducts } from "./catalogue.ts";

const PRODUCT = new URLPattern({ pathname: "/products/:id" });

const order = guard({ timing: { processingTimeHeader: true } }, async (request) => {
  const { productId, quantity } = (await request.json()) as { productId: number; quantity: number };
  // Planted bug: nobody answers this error.
  if (quantity > 3) throw new RangeError(`Only 3 of ${productId} in stock, ${quantity} wanted`);
  return Response.json({ productId, quantity }, { status: 201 });
});

function product(request: GatewatchRequest, id: string): Response {
  // A plain handler has no router that could be asked for the route's template.
  request.gatewatch.route = "/products/:id";
  const found = findProduct(Number(id));
  if (found === undefined) return Response.json({ error: "No such product" }, { status: 404 });
  // Planted bug: a gift card has no category.
  return Response.json({ ...found, shelf: found.category!.name });
}

/** A small shop that runs wherever there are `Request` and `Response`: `Bun.serve(shop)`, `Deno.serve(shop.fetch)`, `export default shop`. */
export const shop = gatewatch({
  fetch(request: GatewatchRequest): Response | Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/products") return Response.json(listProducts(searchParams.get("q") ?? ""));
    if (pathname === "/orders" && request.method === "POST") return order(request);
    const match = PRODUCT.exec(request.url);
    if (match !== null) return product(request, match.pathname.groups["id"] ?? "");
    return Response.json({ error: "Not found" }, { status: 404 });
  },
});
