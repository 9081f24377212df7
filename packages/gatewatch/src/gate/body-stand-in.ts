import { PlannedBody } from "./planned-body.ts";

/** A body for layers under test: `decide(whole)` plays the moment at which its beginning is known, and returns what was decided. */
export function createBodyStandIn(): PlannedBody & { decide(whole?: Uint8Array | string): PlannedBody } {
  const body = new PlannedBody();
  return Object.assign(body, {
    decide(whole?: Uint8Array | string): PlannedBody {
      body.whole = typeof whole === "string" ? new TextEncoder().encode(whole) : whole;
      for (const decide of body.takeDecisions().decisions) decide(body.whole);
      return body;
    },
  });
}
