import { describe, expect, it } from "vitest";
import { tokenCreate } from "./token.ts";

describe("gatewatch token create", () => {
  it("says that the scope is missing, and which there are", async () => {
    await expect(tokenCreate.run({}, [])).rejects.toThrow("--scope is missing; give one of ingest, read, admin.");
  });

  it("repeats a scope that does not exist", async () => {
    await expect(tokenCreate.run({ scope: "write" }, [])).rejects.toThrow('--scope is "write"; give one of');
  });

  it("binds only keys for Driftlock's clients to a stream", async () => {
    await expect(tokenCreate.run({ scope: "ingest", stream: "shop" }, [])).rejects.toThrow("add --driftlock");
  });
});
