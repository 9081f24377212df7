import type { Product } from "./catalogue.ts";

export interface CartLine {
  product: Product;
  quantity: number;
}

function taxOf(line: CartLine): number {
  // Planted bug: a gift card has no category.
  const rate = line.product.category!.taxRate;
  return Math.round(line.product.priceCents * line.quantity * rate);
}

export function totalOf(lines: CartLine[]): { netCents: number; taxCents: number; grossCents: number } {
  const netCents = lines.reduce((sum, line) => sum + line.product.priceCents * line.quantity, 0);
  const taxCents = lines.reduce((sum, line) => sum + taxOf(line), 0);
  return { netCents, taxCents, grossCents: netCents + taxCents };
}
