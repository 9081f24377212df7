import { listProducts } from "../lib/catalogue.js";

export default function Home() {
  return (
    <main>
      <h1>The Desk Shop</h1>
      <ul>
        {listProducts().map((product) => (
          <li key={product.id}>{product.name}</li>
        ))}
      </ul>
    </main>
  );
}
