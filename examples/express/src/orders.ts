import { setTimeout as delay } from "node:timers/promises";
import type { CartLine } from "./price.ts";

export class ValidationError extends Error {
  readonly status = 400;
  readonly field: string;
  constructor(field: string, message: string) {
    super(message);
    this.name = "ValidationError";
    this.field = field;
  }
}

export class OutOfStockError extends Error {
  constructor(product: string, wanted: number) {
    super(`Only 3 of "${product}" in stock, ${wanted} wanted`);
    this.name = "OutOfStockError";
  }
}

/** Throws a `ValidationError` when the delivery address cannot be used. */
export function parseAddress(body: unknown): { street: string; postcode: string } {
  const address = (body as { address?: { street?: string; postcode?: string } } | undefined)?.address;
  if (!address?.street) throw new ValidationError("address.street", "Invalid order: address.street is required");
  if (!/^\d{5}$/.test(address.postcode ?? "")) {
    throw new ValidationError(
      "address.postcode",
      `Invalid order: postcode "${address.postcode ?? ""}" must have five digits`,
    );
  }
  return { street: address.street, postcode: address.postcode! };
}

/** Planted bug: rejects a moment later, outside the handler's own stack. */
export async function reserveStock(lines: CartLine[]): Promise<void> {
  await delay(5);
  for (const line of lines) {
    if (line.quantity > 3) throw new OutOfStockError(line.product.name, line.quantity);
  }
}

/** Planted bug: the payment service's address points where nothing listens. */
export async function chargeCard(address: string, cents: number): Promise<void> {
  await fetch(new URL("/charges", address), { method: "POST", body: JSON.stringify({ cents }) });
}

/** Planted bug: a report that reads every order there ever was. */
export async function salesReport(): Promise<{ orders: number; grossCents: number }> {
  await delay(1200);
  return { orders: 1287, grossCents: 9_412_300 };
}
