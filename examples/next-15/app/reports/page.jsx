export const dynamic = "force-dynamic";

export default function Reports() {
  throw new Error("The sales report has no database");
}
