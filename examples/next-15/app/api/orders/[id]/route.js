import { withGatewatch } from "gatewatch/next";

class OutOfStockError extends Error {
  name = "OutOfStockError";
}

export const POST = withGatewatch(async (request, { params }) => {
  const { id } = await params;
  const { quantity } = await request.json();
  // Planted bug: nobody answers this error.
  if (quantity > 3) throw new OutOfStockError(`Only 3 in stock for order ${id}, ${quantity} wanted`);
  return Response.json({ id, quantity }, { status: 201 });
});
