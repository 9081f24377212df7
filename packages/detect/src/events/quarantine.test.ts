import { describe, expect, it } from "vitest";
import { StateReader } from "../snapshot/state-reader.ts";
import { StateWriter } from "../snapshot/state-writer.ts";
import { Quarantine } from "./quarantine.ts";

const create = (): Quarantine => new Quarantine({ sources: 3, waitMs: 1_000 });

describe("the quarantine", () => {
  it("lets a novelty out once three senders have brought it over the time", () => {
    const quarantine = create();
    expect([1, 2, 3].map((sender) => quarantine.admits(7, sender, sender, sender))).toEqual([false, false, false]);
    expect(quarantine.admits(7, 3, 1_001, 4)).toBe(true);
    expect(quarantine.admits(7, 9, 1_002, 5)).toBe(true);
  });

  it("keeps what one sender brings, however often and long", () => {
    const quarantine = create();
    for (let at = 0; at < 100; at++) expect(quarantine.admits(7, 1, at * 1_000, at)).toBe(false);
  });

  it("asks for more senders of what only looks alike", () => {
    const quarantine = create();
    const answers = Array.from({ length: 9 }, (_, at) => quarantine.admits(7, at + 1, at * 1_000, at, 3));
    expect(answers).toEqual([...Array.from({ length: 8 }, () => false), true]);
  });

  it("takes events for time on a clock that stands still", () => {
    const quarantine = create();
    for (const sender of [1, 2]) expect(quarantine.admits(7, sender, 0, sender)).toBe(false);
    expect(quarantine.admits(7, 3, 0, 1_000)).toBe(false);
    expect(quarantine.admits(7, 3, 0, 3_000)).toBe(true);
  });

  it("holds a bounded number, whatever comes", () => {
    const quarantine = create();
    for (let key = 1; key < 5_000; key++) quarantine.admits(key, 1, key, key);
    expect(quarantine.bytes).toBeLessThan(400_000);
  });

  it("takes back what was released", () => {
    const quarantine = create();
    quarantine.release(7);
    expect(quarantine.admits(7, 1, 0, 0)).toBe(true);
    quarantine.revoke(7);
    expect(quarantine.admits(7, 1, 0, 0)).toBe(false);
  });

  it("goes on waiting after it was written and read, and adds up with another", () => {
    const one = create();
    one.admits(7, 1, 0, 0);
    one.admits(7, 2, 10, 1);
    const w = new StateWriter("q", 1);
    one.write(w);
    const other = create();
    other.readInto(new StateReader(w.finish(), "q", [1]));
    const third = create();
    third.admits(7, 3, 2_000, 2);
    other.merge(third);
    expect(other.admits(7, 3, 2_001, 3)).toBe(true);
  });
});
