import { beforeEach, describe, expect, test } from "vitest";
import { createProjectDecoders, type ProjectDecoders } from "./project-decoders.ts";

let now: number;
let keys: Map<number, string[]>;
let questions: number;
let failure: Error | undefined;
let stale: unknown[];
let decodersOf: ProjectDecoders["decodersOf"];
let forget: ProjectDecoders["forget"];

beforeEach(() => {
  now = 1_000_000;
  keys = new Map();
  questions = 0;
  failure = undefined;
  stale = [];
  ({ decodersOf, forget } = createProjectDecoders({
    async readKeys(projectId) {
      questions++;
      if (failure !== undefined) throw failure;
      return keys.get(projectId) ?? [];
    },
    onStale: (error) => stale.push(error),
    now: () => now,
  }));
});

async function keptOf(projectId: number): Promise<string> {
  const { native } = await decodersOf(projectId);
  const event = { type: "custom", time: now, name: "paid", attributes: { loyaltyNumber: "L-77", city: "Bonn" } };
  const batch = { batch: "0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a", sentAt: now, events: [event] };
  const { body } = native!.decode(Buffer.from(JSON.stringify(batch)), { projectId, receivedAt: now, addressKey: null });
  return Buffer.from(body).toString();
}

describe("createProjectDecoders()", () => {
  test("takes out what a project's own keys name, in that project alone", async () => {
    keys.set(1, ["loyalty_number"]);
    expect(await keptOf(1)).not.toContain("L-77");
    expect(await keptOf(1)).toContain("Bonn");
    expect(await keptOf(2)).toContain("L-77");
  });

  test("asks once for many batches, and hears of a change within seconds", async () => {
    const waiting = [decodersOf(1), decodersOf(1)];
    await Promise.all(waiting);
    expect(decodersOf(1)).not.toBeInstanceOf(Promise);
    expect(questions).toBe(1);
    keys.set(1, ["loyaltyNumber"]);
    now += 3_000;
    expect(await keptOf(1)).not.toContain("L-77");
    expect(questions).toBe(2);
  });

  test("shares the decoders of projects without keys and of projects with the same ones", async () => {
    keys.set(3, ["a1", "b2"]).set(4, ["b2", "a1", "b2"]);
    expect(await decodersOf(1)).toBe(await decodersOf(2));
    expect(await decodersOf(3)).toBe(await decodersOf(4));
    expect(await decodersOf(3)).not.toBe(await decodersOf(1));
  });

  test("uses the keys known from before while they cannot be read, and none at all when they never were", async () => {
    keys.set(1, ["loyaltyNumber"]);
    await decodersOf(1);
    failure = new Error("away");
    now += 60_000;
    expect(await keptOf(1)).not.toContain("L-77");
    expect(stale).toEqual([failure]);
    await expect(decodersOf(2)).rejects.toBe(failure);
  });

  test("takes changed keys at once where the change is told, also while they are being asked for", async () => {
    expect(await keptOf(1)).toContain("L-77");
    keys.set(1, ["loyalty_number"]);
    expect(await keptOf(1)).toContain("L-77");
    forget(1);
    expect(await keptOf(1)).not.toContain("L-77");
    now += 60_000;
    const before = decodersOf(1);
    keys.set(1, ["loyalty_number", "city"]);
    forget(1);
    await before;
    expect(await keptOf(1)).not.toContain("Bonn");
  });
});
