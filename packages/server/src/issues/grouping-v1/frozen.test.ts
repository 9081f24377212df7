import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildErrorEvent, buildException } from "../build-error-event.ts";
import { groupByV1 } from "./group-by-v1.ts";

const FOLDER = new URL(".", import.meta.url);

describe("grouping v1", () => {
  it("imports nothing that changes: values only from Node and its own folder", () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
    const imports = files.flatMap((name) =>
      [...readFileSync(new URL(name, FOLDER), "utf8").matchAll(/^import (type )?.* from "(.+)";$/gm)]
        .filter((match) => match[1] === undefined)
        .map((match) => match[2] ?? ""),
    );
    expect(imports.length).toBeGreaterThan(5);
    expect(imports.filter((source) => !source.startsWith("./") && !source.startsWith("node:"))).toEqual([]);
  });

  it("keeps giving the hashes that stores already hold", () => {
    const event = buildErrorEvent([
      buildException("CheckoutError", "Order 12 failed", [
        "src/lib/price.ts:42 total | throw new CheckoutError(`Order ${id} failed`);",
        "src/routes/cart.ts:9 addItem",
      ]),
      buildException("Error", "connect ECONNREFUSED 127.0.0.1:5432", ["node:net:1 afterConnect"], {
        code: "ECONNREFUSED",
        parent: 0,
        relation: "cause",
      }),
    ]);
    const { primary, secondary } = groupByV1(event);
    expect([primary, ...secondary].map(({ kind, hash }) => `${kind} ${hash}`)).toMatchInlineSnapshot(`
      [
        "app 643eba8f0c1f3e3e8ab8f49453b6f87d",
        "throw-site 06dc0ce9167cf4b950ca2eacbb34e43c",
        "system 23353db066bdcd68998fda918e645e2f",
      ]
    `);
  });
});
