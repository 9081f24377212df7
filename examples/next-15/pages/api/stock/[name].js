import { withGatewatch } from "gatewatch/next";

export default withGatewatch((request, response) => {
  const { name } = request.query;
  // Planted bug: the warehouse knows no lamps.
  if (name === "lamp") throw new Error("The warehouse does not know lamps");
  response.status(200).json({ name, left: 3 });
});
