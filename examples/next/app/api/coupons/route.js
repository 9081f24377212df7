import { guard } from "gatewatch/next";

export const dynamic = "force-dynamic";

/** Whoever guesses coupons has two tries a minute. */
export const GET = guard({ rateLimit: { enabled: true, limit: 2, windowMs: 60_000, key: () => "everybody" } }, () =>
  Response.json({ coupon: "none" }),
);
