import { notFound } from "next/navigation";
import { findProduct } from "../../../lib/catalogue.js";

export default async function Product({ params }) {
  const { id } = await params;
  const product = findProduct(id);
  if (product === undefined) notFound();
  return (
    <main>
      <h1>{product.name}</h1>
      {/* Planted bug: a gift card has no category. */}
      <p>{product.category.name}</p>
    </main>
  );
}
