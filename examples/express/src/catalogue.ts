export interface Product {
  id: number;
  name: string;
  priceCents: number;
  /** Missing for gift cards: they belong to no category. */
  category?: { name: string; taxRate: number };
}

const PRODUCTS: Product[] = [
  { id: 1, name: "Walnut desk lamp", priceCents: 8900, category: { name: "Lighting", taxRate: 0.2 } },
  { id: 2, name: "Linen notebook", priceCents: 1450, category: { name: "Paper", taxRate: 0.07 } },
  { id: 3, name: "Brass fountain pen", priceCents: 6200, category: { name: "Writing", taxRate: 0.2 } },
  { id: 4, name: "Felt laptop sleeve", priceCents: 3900, category: { name: "Cases", taxRate: 0.2 } },
  { id: 5, name: "Ceramic mug", priceCents: 1900, category: { name: "Kitchen", taxRate: 0.2 } },
  { id: 6, name: "Gift card", priceCents: 5000 },
];

export function listProducts(query?: string): Product[] {
  if (query === undefined || query === "") return PRODUCTS;
  return PRODUCTS.filter((product) => product.name.toLowerCase().includes(query.toLowerCase()));
}

export function findProduct(id: number): Product | undefined {
  return PRODUCTS.find((product) => product.id === id);
}
