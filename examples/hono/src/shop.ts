import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { streamSSE } from "hono/streaming";
import { gatewatch, guard } from "gatewatch/hono";
import { findProduct, listProducts } from "./catalogue.ts";

interface Person {
  id: string;
  username: string;
}

const PEOPLE = new Map<string, Person>([
  ["token-ada", { id: "u-1", username: "ada" }],
  ["token-grace", { id: "u-2", username: "grace" }],
]);

/** A small shop with three planted bugs. */
export function createShop(): Hono<{ Variables: { user: Person } }> {
  const app = new Hono<{ Variables: { user: Person } }>();
  app.use(gatewatch());

  app.use(async (context, next) => {
    const person = PEOPLE.get(context.req.header("authorization")?.replace("Bearer ", "") ?? "");
    if (person !== undefined) context.set("user", person);
    await next();
  });

  app.get("/products", (context) => context.json(listProducts(context.req.query("q"))));
  app.get("/products/:id", (context) => {
    const product = findProduct(Number(context.req.param("id")));
    if (product === undefined) throw new HTTPException(404, { message: "No such product" });
    context.get("gatewatch").set("product", product.id);
    // Planted bug: a gift card has no category.
    return context.json({ ...product, shelf: product.category!.name });
  });
  app.post("/orders", guard({ timing: { processingTimeHeader: true } }), async (context) => {
    const { productId, quantity } = await context.req.json<{ productId: number; quantity: number }>();
    // Planted bug: rejects for whoever wants more than there are.
    if (quantity > 3) throw new RangeError(`Only 3 of ${productId} in stock, ${quantity} wanted`);
    return context.json({ productId, quantity }, 201);
  });
  app.get("/news", (context) =>
    streamSSE(context, async (stream) => {
      for (const product of listProducts()) await stream.writeSSE({ event: "product", data: product.name });
      // Planted bug: the news end in the middle of a sentence.
      if (context.req.query("edition") === "late") throw new Error("The press has stopped");
    }),
  );

  app.notFound((context) => context.json({ error: "Not found" }, 404));
  app.onError((error, context) => {
    if (error instanceof HTTPException) return context.json({ error: error.message }, error.status);
    return context.json({ error: "Something went wrong" }, 500);
  });
  return app;
}
