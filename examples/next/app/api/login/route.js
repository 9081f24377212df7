import { withGatewatch } from "gatewatch/next";
import { redirect } from "next/navigation";

export const dynamic = "force-dynamic";

export const GET = withGatewatch(() => redirect("/"));
