import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { negotiateEncoding } from "./negotiate-encoding.ts";

interface Negotiator {
  encoding(available: readonly string[], preferred: readonly string[]): string | undefined;
}
/** What `compression` asks. */
const require = createRequire(import.meta.url);
const Oracle = require("negotiator") as new (request: { headers: object }) => Negotiator;

const PREFERRED = ["zstd", "br", "gzip"];
const WEIGHTS = [undefined, "", ";q=0", ";q=0.5", ";q=1"];

const headers = WEIGHTS.flatMap((gzip) =>
  WEIGHTS.flatMap((br) =>
    WEIGHTS.flatMap((identity) =>
      WEIGHTS.map((any) =>
        Object.entries({ gzip, br, identity, "*": any })
          .filter(([, weight]) => weight !== undefined)
          .map(([name, weight]) => `${name}${weight}`)
          .join(", "),
      ),
    ),
  ),
);

describe("negotiateEncoding() beside negotiator", () => {
  it.each(headers)("%j", (accept) => {
    const chosen = new Oracle({ headers: { "accept-encoding": accept } }).encoding(
      [...PREFERRED, "identity"],
      PREFERRED,
    );
    expect(negotiateEncoding(accept, PREFERRED).encoding).toBe(chosen === "identity" ? undefined : chosen);
  });
});
