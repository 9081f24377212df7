import { describe, expect, it } from "vitest";
import type { DetectableEvent, EventDetector } from "../ports.ts";
import { SnapshotError } from "../snapshot/snapshot-error.ts";
import { StateWriter } from "../snapshot/state-writer.ts";
import { createEventDetector, type EventDetectorOptions, restoreEventDetector } from "./create-event-detector.ts";

/** 0 ≤ n < 1, the same in each run. */
function createRandom(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const CURRENCIES = ["EUR", "EUR", "EUR", "USD"];
const NAMES = ["Ana Ruiz", "Luis Gil", "Eva Sanz", "Noa Vidal", "Iker Lago", "Mar Soto"];

function payment(random: () => number, changes: DetectableEvent = {}): DetectableEvent {
  const user = Math.floor(random() * 200);
  return {
    type: "payment",
    user_id: `u${user}`,
    amount: (12 + random() * 298).toFixed(2),
    currency: CURRENCIES[Math.floor(random() * CURRENCIES.length)],
    cvv: String(100 + Math.floor(random() * 900)),
    holder: `${NAMES[Math.floor(random() * NAMES.length)]} ${Math.floor(random() * 50)}`,
    ...changes,
  };
}

function teach(options: EventDetectorOptions = {}, events = 4_000, seed = 1): EventDetector {
  const detector = createEventDetector(options);
  const random = createRandom(seed);
  for (let index = 0; index < events; index++) detector.observe(payment(random), index * 1_000);
  return detector;
}

const NOW = 5_000_000;

describe("the event detector", () => {
  const taught = teach();
  const odd = (changes: DetectableEvent): DetectableEvent => payment(createRandom(9), changes);

  it("is calibrating and calls nothing anomalous while it knows little", () => {
    const verdict = teach({}, 200).judge({ amount: 1e12, evil: "<script>" }, 0);
    expect(verdict).toMatchObject({ state: "calibrating", isAnomaly: false, pValue: 1, findings: [] });
  });

  it.each<[string, DetectableEvent, string]>([
    ["an amount far beyond", { amount: "94000.00" }, "amount"],
    ["the same as a number", { amount: 94_000.5 }, "amount"],
    ["a text where numbers stand", { amount: "1 OR 1=1" }, "amount"],
    ["a category never seen", { currency: "XXX" }, "currency"],
    ["a number where texts stand", { currency: 7 }, "currency"],
    ["a field that is missing", { cvv: undefined }, "cvv"],
    ["a field that is null", { cvv: null }, "cvv"],
    ["a list", { currency: ["EUR", "USD"] }, "currency"],
    ["an operator of a database", { currency: { $gt: "" } }, "currency"],
    ["a field never seen", { is_admin: true }, "is_admin"],
    ["characters never seen", { holder: "Ana <script>alert(1)</script>" }, "holder"],
    ["a very long text", { holder: "Ana ".repeat(400) }, "holder"],
    ["an injection", { holder: "Ana' OR '1'='1" }, "holder"],
  ])("finds %s, and names the field first", (_, changes, field) => {
    const verdict = taught.judge(odd(changes), NOW);
    expect(verdict).toMatchObject({ state: "ready", isAnomaly: true });
    expect(verdict.findings[0]?.field).toMatch(new RegExp(`^${field}\\b`));
    expect(verdict.pValue).toBeGreaterThan(0);
    expect(verdict.pValue).toBeLessThanOrEqual(1e-3);
  });

  it("says what was expected and what was seen", () => {
    const explain = (changes: DetectableEvent): string | undefined =>
      taught.judge(odd(changes), NOW).findings[0]?.message;
    expect(explain({ is_admin: true })).toBe("`is_admin` seen in 0 of 4,000 events");
    expect(explain({ cvv: undefined })).toBe("`cvv` is missing, there in 4,000 of 4,000 events");
    expect(explain({ amount: "94000.00" })).toMatch(/^`amount` 94000\.00, usual 1\d to 3\d0$/);
    expect(explain({ currency: "XXX" })).toMatch(/^`currency` "XXX", usual "\w{3}", "\w{3}"$/);
    expect(explain({ currency: 7 })).toBe("`currency` is a whole number, usual a text");
  });

  it("expects no size below 0, and whole numbers of what is counted", () => {
    const detector = createEventDetector();
    const random = createRandom(4);
    const job = (changes: DetectableEvent = {}): DetectableEvent => ({
      user_id: `u${Math.floor(random() * 9)}`,
      bytes: Math.floor(random() ** 6 * 1e6),
      tries: 1 + Math.floor(random() * 3),
      ...changes,
    });
    for (let index = 0; index < 4_000; index++) detector.observe(job(), index * 1_000);
    const [first] = detector.judge(job({ bytes: 9e9 }), NOW).findings;
    expect(first).toMatchObject({ field: "bytes", seen: "9,000,000,000" });
    expect(first?.expected).toMatch(/^0 to [\d,]+( by its owner)?$/);
    expect(detector.judge(job({ tries: 4_000 }), NOW).findings[0]?.expected).toBe("1 to 3");
  });

  it("is no less sure of an attack because there have been others", () => {
    const detector = createEventDetector();
    const random = createRandom(12);
    const attack = (): DetectableEvent =>
      payment(random, { user_id: `x${Math.floor(random() * 1e6)}`, holder: `' OR ${Math.floor(random() * 99)}=1 --` });
    const pValues: number[] = [];
    for (let index = 0; index < 20_000; index++) {
      const isAttack = random() < 0.002;
      const { pValue } = detector.observe(isAttack ? attack() : payment(random), index * 1_000);
      if (isAttack && index > 5_000) pValues.push(pValue);
    }
    expect(pValues.length).toBeGreaterThan(20);
    expect(pValues.toSorted((a, b) => a - b)[pValues.length >> 1]).toBeLessThan(1e-4);
  });

  it("sorts findings by surprise, and cuts what a stranger has sent", () => {
    const { findings } = taught.judge(odd({ is_admin: true, holder: "<".repeat(5_000), currency: 7 }), NOW);
    expect(findings.length).toBeGreaterThan(1);
    const surprises = findings.map(({ surprise }) => surprise ?? 0);
    expect(surprises).toEqual(surprises.toSorted((a, b) => b - a));
    for (const { seen } of findings) expect(seen.length).toBeLessThanOrEqual(80);
  });

  it.each([
    ["sensitive", 0.01],
    ["balanced", 0.001],
  ] as const)("calls normal events anomalous about as often as the profile %s says", (profile, level) => {
    const detector = teach({ profile }, 2_000, 5);
    const random = createRandom(77);
    let alarms = 0;
    for (let index = 0; index < 20_000; index++)
      if (detector.observe(payment(random), (2_000 + index) * 1_000).isAnomaly) alarms++;
    expect(alarms).toBeLessThanOrEqual(20_000 * level * 2);
    const rate = detector.stats.observedRates[profile];
    expect(Math.abs(rate * 20_000 - alarms)).toBeLessThanOrEqual(20);
  });

  it("blocks only what is rarer than 1 in 10,000", () => {
    expect(taught.judge(odd({ is_admin: true, holder: "' OR 1=1; --<script>", cvv: undefined }), NOW).block).toBe(true);
    expect(taught.judge(payment(createRandom(9)), NOW).block).toBe(false);
  });

  it("does not learn by judging", () => {
    const event = odd({ currency: "XXX" });
    const [before] = [taught.judge(event, NOW), ...Array.from({ length: 500 }, () => taught.judge(event, NOW))];
    expect(taught.judge(event, NOW)).toEqual(before);
  });

  it("refuses a level that nobody can keep", () => {
    expect(() => createEventDetector({ level: 0 })).toThrow(RangeError);
    expect(() => createEventDetector({ level: Number.NaN })).toThrow(RangeError);
  });

  it("finds the normal event nearest to an odd one", () => {
    expect(taught.nearestNormal(odd({ is_admin: true }))).toMatchObject({
      type: "payment",
      currency: expect.any(String),
    });
    expect(createEventDetector().nearestNormal({})).toBeNull();
  });
});

describe("learning under attack", () => {
  const novelty = (user: string): DetectableEvent => payment(createRandom(9), { currency: "CHF", user_id: user });

  function send(detector: EventDetector, users: readonly string[], everyMs: number): void {
    const random = createRandom(31);
    for (const [index, user] of users.entries()) {
      detector.observe(novelty(user), NOW + index * everyMs);
      for (let left = 10; left > 0; left--) detector.observe(payment(random), NOW + index * everyMs);
    }
  }

  it("does not get used to what one stranger sends again and again", () => {
    const detector = teach();
    send(
      detector,
      Array.from({ length: 200 }, () => "u7"),
      60_000,
    );
    expect(detector.judge(novelty("u7"), NOW).isAnomaly).toBe(true);
    expect(detector.stats.quarantined).toBeGreaterThan(100);
  });

  it("gets used to what comes from several users over some time", () => {
    const detector = teach();
    send(
      detector,
      Array.from({ length: 60 }, (_, index) => `u${index}`),
      60_000,
    );
    expect(detector.judge(novelty("u7"), NOW).isAnomaly).toBe(false);
  });

  it("waits when several users send it all at once", () => {
    const detector = teach({ profile: "sensitive" });
    send(
      detector,
      Array.from({ length: 12 }, (_, index) => `u${index}`),
      1,
    );
    expect(detector.judge(novelty("u7"), NOW).isAnomaly).toBe(true);
  });

  it("takes a false positive for normal from then on", () => {
    const detector = teach();
    const event = payment(createRandom(9), { currency: "CHF" });
    expect(detector.judge(event, NOW).isAnomaly).toBe(true);
    detector.feedback(event, "false_positive", NOW);
    expect(detector.judge(event, NOW).isAnomaly).toBe(false);
    expect(detector.judge(payment(createRandom(33), { currency: "CHF" }), NOW).isAnomaly).toBe(false);
  });

  it("looks twice at a user of whom an anomaly was confirmed", () => {
    const detector = teach();
    const event = payment(createRandom(9), { user_id: "u7" });
    expect(detector.judge(event, NOW).isAnomaly).toBe(false);
    detector.feedback(event, "confirmed", NOW);
    expect(detector.judge(event, NOW)).toMatchObject({ isAnomaly: true, findings: [{ field: "user_id" }] });
    detector.feedback(event, "false_positive", NOW);
    expect(detector.judge(event, NOW).isAnomaly).toBe(false);
  });

  it("changes nothing when an anomaly is dismissed", () => {
    const detector = teach();
    const event = payment(createRandom(9), { currency: "CHF" });
    const before = detector.judge(event, NOW);
    detector.feedback(event, "dismissed", NOW);
    expect(detector.judge(event, NOW)).toEqual(before);
  });
});

describe("the state of an event detector", () => {
  it("goes on after a restart as if there had been none", () => {
    const detector = teach({ profile: "sensitive" }, 3_000);
    const restored = restoreEventDetector(detector.snapshot());
    const random = createRandom(40);
    for (let index = 0; index < 1_500; index++) {
      const event = payment(random, index % 20 === 0 ? { note: `n${index}` } : {});
      expect(restored.observe(event, NOW + index * 500)).toEqual(detector.observe(event, NOW + index * 500));
    }
    expect(restored.snapshot()).toEqual(detector.snapshot());
    expect(restored.stats).toEqual(detector.stats);
  });

  it("refuses a snapshot of another version, so that the stream calibrates anew", () => {
    const writer = new StateWriter("events", 1);
    writer.f64(1e-3);
    expect(() => restoreEventDetector(writer.finish())).toThrow(/version 1.+calibrating anew/);
  });

  it("refuses a snapshot that is cut or changed anywhere", () => {
    const snapshot = teach({}, 600).snapshot();
    expect(() => restoreEventDetector(snapshot.subarray(0, snapshot.length - 9))).toThrow(SnapshotError);
    for (let at = 3; at < snapshot.length; at += 4_001) {
      const poisoned = snapshot.slice();
      poisoned[at]! ^= 0x40;
      expect(() => restoreEventDetector(poisoned)).toThrow(SnapshotError);
    }
  });

  it("adds up what two processes have learned", () => {
    const [one, other] = [teach({ seed: 5 }, 2_000, 1), teach({ seed: 5 }, 2_000, 2)];
    one.merge(other.snapshot());
    expect(one.stats.events).toBe(4_000);
    const random = createRandom(6);
    let alarms = 0;
    for (let index = 0; index < 1_000; index++) if (one.judge(payment(random), NOW).isAnomaly) alarms++;
    expect(alarms).toBeLessThanOrEqual(8);
    expect(one.judge(payment(random, { is_admin: true, cvv: undefined }), NOW).isAnomaly).toBe(true);
    expect(() => one.merge(teach({ seed: 6 }, 10).snapshot())).toThrow(SnapshotError);
  });

  it("is small for a small stream, and bounded for a hostile one", () => {
    expect(teach({}, 300).stats.bytes).toBeLessThan(200_000);
    const detector = createEventDetector();
    const random = createRandom(3);
    for (let index = 0; index < 5_000; index++) {
      const junk = Object.fromEntries(Array.from({ length: 6 }, () => [`k${random()}`, `v${random()}`.repeat(4)]));
      const path = `/p${Math.floor(random() * 3_000)}/x`;
      detector.observe({ ...junk, path, user_id: `u${random()}`, text: `${random()} ${random()}` }, index);
    }
    expect(detector.stats.bytes).toBeLessThan(2_097_152);
  });
});

describe("bad input", () => {
  const cyclic: Record<string, unknown> = { a: 1 };
  cyclic["self"] = cyclic;
  let deep: unknown = 1;
  for (let depth = 0; depth < 5_000; depth++) deep = { deep };
  const throwing = {
    get amount(): never {
      throw new Error("mine");
    },
  };
  const proxy = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("mine");
      },
    },
  );
  const hostile: [string, unknown][] = [
    ["a cycle", cyclic],
    ["a great depth", { deep }],
    ["a getter that throws", throwing],
    ["a proxy that throws", { proxy }],
    [
      "names of the prototype",
      JSON.parse('{"__proto__":{"x":1},"constructor":"y","hasOwnProperty":2,"toString":null}'),
    ],
    ["numbers that are none", { amount: Number.NaN, other: Infinity, huge: -1e308, tiny: 5e-324, big: 10n ** 400n }],
    ["a huge text", { holder: "a=b&".repeat(500_000) }],
    ["a huge list", { list: Array.from({ length: 100_000 }, (_, index) => ({ index })) }],
    ["broken JSON", { body: '{"a":[1,2' }],
    ["half a surrogate pair", { holder: "\ud800", "\udfff": 1 }],
    ["functions and symbols", { call: () => 1, symbol: Symbol("s") }],
    ["an empty event", {}],
    ["a list", [1, 2, 3]],
    ["nothing", null],
    ["a text", "event"],
  ];

  it.each(hostile)("takes %s for an event", (_, event) => {
    const detector = teach({}, 400);
    for (const at of [NOW, -1, Number.NaN, 1e300]) {
      const verdict = detector.observe(event as DetectableEvent, at);
      expect(verdict.score).toBeGreaterThanOrEqual(0);
      detector.learn(event as DetectableEvent, at);
      detector.feedback(event as DetectableEvent, "confirmed", at);
    }
    detector.nearestNormal(event as DetectableEvent);
    expect(restoreEventDetector(detector.snapshot()).stats).toEqual(detector.stats);
    expect(Object.prototype).not.toHaveProperty("x");
  });

  it.each([
    ["too long, and alike", "n".repeat(97), "n".repeat(98)],
    ["of half a surrogate pair", "\ud800", "\ud801"],
  ])("takes names for one place that are %s", (_, one, other) => {
    const detector = createEventDetector();
    for (let index = 0; index < 200; index++) detector.observe({ [one]: 1, [other]: 2 }, index);
    expect(restoreEventDetector(detector.snapshot()).stats).toEqual(detector.stats);
    expect(detector.stats.bytes).toBeLessThan(100_000);
  });

  it("says nothing of a stream that is always the same, until it changes", () => {
    const detector = createEventDetector();
    const same = { type: "tick", value: 1, ok: true };
    for (let index = 0; index < 3_000; index++) expect(detector.observe(same, index).isAnomaly).toBe(false);
    expect(detector.judge({ type: "tick", value: 900, ok: false }, 3_000).isAnomaly).toBe(true);
  });

  it("takes a clock that goes back as it comes", () => {
    const detector = createEventDetector();
    const random = createRandom(8);
    for (let index = 0; index < 2_000; index++) detector.observe(payment(random), 1e12 - index * 1_000);
    expect(detector.judge(payment(random), 0).isAnomaly).toBe(false);
  });
});
