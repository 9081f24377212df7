import { withGatewatch } from "gatewatch/next";
import { listProducts } from "../../../lib/catalogue.js";

export const dynamic = "force-dynamic";

export const GET = withGatewatch((request) => {
  request.gatewatch.set("plan", "gold");
  return Response.json(listProducts());
});
