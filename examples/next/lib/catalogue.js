const PRODUCTS = [
  { id: 1, name: "Walnut desk lamp", priceCents: 8900, category: { name: "Lighting" } },
  { id: 2, name: "Linen notebook", priceCents: 1450, category: { name: "Paper" } },
  { id: 6, name: "Gift card", priceCents: 5000 },
];

export function listProducts() {
  return PRODUCTS;
}

export function findProduct(id) {
  return PRODUCTS.find((product) => product.id === Number(id));
}
