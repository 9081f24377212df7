import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { gatewatch } from "gatewatch/express";
import { findProduct, listProducts } from "./catalogue.ts";
import { chargeCard, parseAddress, reserveStock, salesReport, ValidationError } from "./orders.ts";
import { totalOf, type CartLine } from "./price.ts";

interface ShopRequest extends Request {
  user?: { id: string; username: string };
}

const PEOPLE = new Map([
  ["token-ada", { id: "u-1", username: "ada" }],
  ["token-grace", { id: "u-2", username: "grace" }],
  ["token-linus", { id: "u-3", username: "linus" }],
]);

/** A small shop with six planted bugs. `paymentUrl` is where cards are charged. */
export function createShop(paymentUrl: string): Express {
  const app = express();
  app.use(gatewatch());
  app.use(express.json());

  app.use((req: ShopRequest, _res, next) => {
    const person = PEOPLE.get(req.headers.authorization?.replace("Bearer ", "") ?? "");
    if (person !== undefined) req.user = person;
    next();
  });

  app.get("/", (_req, res) => {
    res.type("html").send("<h1>The Desk Shop</h1>");
  });
  app.get("/products", (req, res) => {
    res.json(listProducts(typeof req.query.q === "string" ? req.query.q : undefined));
  });
  app.get("/products/:id", (req, res) => {
    const product = findProduct(Number(req.params.id));
    if (product === undefined) res.status(404).json({ error: "No such product" });
    else res.json(product);
  });
  app.post("/login", (req, res) => {
    const name = (req.body as { username?: string }).username ?? "";
    if (!PEOPLE.has(`token-${name}`)) res.status(401).json({ error: "Unknown user" });
    else res.json({ token: `token-${name}` });
  });
  app.post("/cart/total", (req, res) => {
    res.json(totalOf(linesOf(req.body)));
  });
  app.post("/orders", async (req: ShopRequest, res) => {
    const lines = linesOf(req.body);
    parseAddress(req.body);
    await reserveStock(lines);
    res.status(201).json({ id: Math.floor(Math.random() * 1e6), ...totalOf(lines) });
  });
  app.post("/orders/:id/pay", async (_req, res) => {
    await chargeCard(paymentUrl, 1999);
    res.json({ paid: true });
  });
  app.get("/reports/sales", async (_req, res) => {
    res.json(await salesReport());
  });

  app.use((_req, res) => {
    res.status(404).json({ error: "Not found" });
  });
  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) next(error);
    else if (error instanceof ValidationError)
      res.status(error.status).json({ error: error.message, field: error.field });
    else res.status(500).json({ error: "Something went wrong" });
  });
  return app;
}

function linesOf(body: unknown): CartLine[] {
  const items = (body as { items?: { id: number; quantity: number }[] } | undefined)?.items ?? [];
  return items.map(({ id, quantity }) => {
    const product = findProduct(id);
    if (product === undefined) throw new ValidationError("items", `Invalid order: there is no product ${id}`);
    return { product, quantity };
  });
}
