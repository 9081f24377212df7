export interface Product {
  id: number;
  name: string;
  priceCents: number;
  /** Missing for gift cards: they belong to no category. */
  category?: { name: string };
}

const PRODUCTS: Product[] = [
  { id: 1, name: "Walnut desk lamp", priceCents: 8900, category: { name: "Lighting" } },
  { id: 2, name: "Linen notebook", priceCents: 1450, category: { name: "Paper" } },
  { id: 6, name: "Gift card", priceCents: 5000 },
];

export function listProducts(query = ""): Product[] {
  return PRODUCTS.filter((product) => product.name.toLowerCase().includes(query.toLowerCase()));
}

export function findProduct(id: number): Product | undefined {
  return PRODUCTS.find((product) => product.id === id);
}
