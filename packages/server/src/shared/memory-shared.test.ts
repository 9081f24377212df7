import { createMemoryShared } from "./memory-shared.ts";
import { sharedContract } from "./shared-contract.ts";

sharedContract("memory", async () => {
  let now = 1_000;
  return { shared: createMemoryShared(() => now), advance: (ms) => (now += ms) };
});
