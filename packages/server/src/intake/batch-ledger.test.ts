import { describe, expect, it } from "vitest";
import { createBatchLedger } from "./batch-ledger.ts";

describe("createBatchLedger()", () => {
  it("writes a batch once and knows its copies", async () => {
    const ledger = createBatchLedger(10);
    let writes = 0;
    const write = async () => void writes++;
    expect(await ledger.once("a", write)).toEqual({ duplicate: false });
    expect(await ledger.once("a", write)).toEqual({ duplicate: true });
    expect(writes).toBe(1);
  });

  it("lets copies wait; when the first fails, one of them tries and the others wait for it", async () => {
    const ledger = createBatchLedger(10);
    const gates: PromiseWithResolvers<void>[] = [];
    const write = () => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      return gate.promise;
    };
    const first = ledger.once("a", write);
    const copies = [ledger.once("a", write), ledger.once("a", write)];
    expect(gates).toHaveLength(1);
    gates[0]!.reject(new Error("disk full"));
    await expect(first).rejects.toThrow("disk full");
    expect(gates).toHaveLength(2);
    gates[1]!.resolve();
    expect((await Promise.all(copies)).map((outcome) => outcome.duplicate).sort()).toEqual([false, true]);
    expect(gates).toHaveLength(2);
  });

  it("forgets the oldest beyond its bound", async () => {
    const ledger = createBatchLedger(2);
    for (const key of ["a", "b", "c"]) await ledger.once(key, async () => {});
    expect(ledger.size).toBe(2);
    expect(await ledger.once("a", async () => {})).toEqual({ duplicate: false });
    expect(await ledger.once("c", async () => {})).toEqual({ duplicate: true });
  });
});
