import { describe, expect, it } from "vitest";
import { MemoryResponseStore } from "./memory-response-store.ts";
import type { ResponseAddress, ResponseForms, StoredResponse } from "./response-store.ts";

let nowMs = 1_800_000_000_000;
const clock = { now: () => nowMs, monotonicMs: () => nowMs };

function createStore(changes: Partial<ConstructorParameters<typeof MemoryResponseStore>[0]> = {}): MemoryResponseStore {
  return new MemoryResponseStore({ maxBytes: 10_000_000, maxEntries: 1000, maxVariants: 4, clock, ...changes });
}

function address(path: string, headers: Record<string, string> = {}): ResponseAddress {
  return {
    resource: `http://shop.test${path}`,
    path,
    variantOf: (vary) => vary.map((name) => `${name}:${headers[name] ?? ""}`).join("\n"),
  };
}

function response(text: string, tags: readonly string[] = []): StoredResponse {
  return {
    status: 200,
    lines: [["Content-Type", "text/plain"]],
    body: new TextEncoder().encode(text),
    receivedMs: nowMs,
    initialAgeMs: 0,
    freshMs: 60_000,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 0,
    traits: 0,
    tags,
  };
}

function keep(
  store: MemoryResponseStore,
  at: ResponseAddress,
  text = "x",
  vary: readonly string[] = [],
  tags: readonly string[] = [],
): void {
  store.put(at, vary, response(text, tags), 60_000, store.lookup(at).moment);
}

function textOf(store: MemoryResponseStore, at: ResponseAddress): string | undefined {
  const found = store.lookup(at).response;
  return found === undefined ? undefined : new TextDecoder().decode(found.body);
}

describe("MemoryResponseStore", () => {
  it("counts what is kept with a response, and no longer than it keeps that", () => {
    const store = createStore({ maxBytes: 20_000 });
    const forms: ResponseForms = { owner: undefined };
    store.put(address("/a"), [], { ...response("x"), forms }, 60_000, store.lookup(address("/a")).moment);
    const { bytes: before = 0 } = store.stats();
    expect(forms.owner?.grow(5000)).toBe(true);
    expect(store.stats()["bytes"]).toBe(before + 5000);
    expect(forms.owner?.grow(16_000)).toBe(false);
    keep(store, address("/b"), "y".repeat(10_000));
    expect(forms.owner?.grow(5000)).toBe(true);
    expect(store.stats()).toMatchObject({ entries: 1, evictions: 1 });
    store.drop("http://shop.test/a");
    store.drop("http://shop.test/b");
    expect(forms.owner).toBeUndefined();
    expect(store.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it("gives back what was put, until its time is over", () => {
    const store = createStore();
    keep(store, address("/a"), "one");
    expect(textOf(store, address("/a"))).toBe("one");
    expect(textOf(store, address("/b"))).toBeUndefined();
    nowMs += 60_001;
    expect(textOf(store, address("/a"))).toBeUndefined();
    expect(store.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it("keeps variants apart, and tells the names that select them", () => {
    const store = createStore();
    keep(store, address("/a", { foo: "1" }), "one", ["foo"]);
    keep(store, address("/a", { foo: "2" }), "two", ["foo"]);
    expect(textOf(store, address("/a", { foo: "1" }))).toBe("one");
    expect(textOf(store, address("/a", { foo: "2" }))).toBe("two");
    expect(store.lookup(address("/a", { foo: "3" }))).toMatchObject({ isKnown: true, vary: ["foo"] });
  });

  it("selects by the names of all variants, once they differ", () => {
    const store = createStore();
    keep(store, address("/a"), "plain");
    keep(store, address("/a", { foo: "1" }), "one", ["foo"]);
    expect(textOf(store, address("/a", { foo: "2" }))).toBeUndefined();
    expect(textOf(store, address("/a", { foo: "1" }))).toBe("one");
    keep(store, address("/a", { foo: "2" }), "any");
    expect(textOf(store, address("/a", { foo: "1" }))).toBe("one");
  });

  it("keeps at most so many variants of a resource", () => {
    const store = createStore({ maxVariants: 2 });
    for (const foo of ["1", "2", "3"]) keep(store, address("/a", { foo }), foo, ["foo"]);
    expect(textOf(store, address("/a", { foo: "1" }))).toBeUndefined();
    expect(textOf(store, address("/a", { foo: "3" }))).toBe("3");
    expect(store.stats()).toMatchObject({ entries: 2 });
  });

  it("keeps at most so many entries, and those that are asked for", () => {
    const store = createStore({ maxEntries: 100 });
    keep(store, address("/hot"), "hot");
    for (let index = 0; index < 10_000; index++) {
      textOf(store, address("/hot"));
      keep(store, address(`/${index}`));
    }
    expect(textOf(store, address("/hot"))).toBe("hot");
    expect(store.stats()).toMatchObject({ entries: 100, evictions: 9901 });
  });

  it("keeps at most so many bytes", () => {
    const store = createStore({ maxBytes: 100_000 });
    for (let index = 0; index < 1000; index++) keep(store, address(`/${index}`), "y".repeat(5000));
    expect(store.stats()["bytes"]).toBeLessThanOrEqual(100_000);
    expect(store.stats()["entries"]).toBeGreaterThan(10);
    keep(store, address("/big"), "z".repeat(200_000));
    expect(textOf(store, address("/big"))).toBeUndefined();
  });

  it("counts the names of variants, which strangers write", () => {
    const store = createStore({ maxBytes: 100_000 });
    for (let index = 0; index < 50; index++) {
      keep(store, address(`/${index}`, { "x-long": "x".repeat(10_000) }), "x", ["x-long"]);
    }
    expect(store.stats()["entries"]).toBeLessThan(6);
  });

  it("counts to nothing when all is dropped", () => {
    const store = createStore();
    for (let index = 0; index < 50; index++) keep(store, address(`/${index}`, { foo: "1" }), "x", ["foo"]);
    for (let index = 0; index < 50; index++) store.drop(address(`/${index}`).resource);
    expect(store.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it.each([
    ["a tag", { kind: "tag", tag: "shoes" } as const, ["/shoes/1", "/shoes/2"]],
    ["a path", { kind: "path", path: "/shoes/1", isPrefix: false } as const, ["/shoes/1"]],
    ["a prefix", { kind: "path", path: "/shoes/", isPrefix: true } as const, ["/shoes/1", "/shoes/2"]],
    ["everything", { kind: "all" } as const, ["/shoes/1", "/shoes/2", "/hats/1"]],
    ["a tag that nobody has", { kind: "tag", tag: "socks" } as const, []],
  ])("purges %s, and keeps what comes after", (_name, purge, gone) => {
    const store = createStore();
    const paths = ["/shoes/1", "/shoes/2", "/hats/1"];
    for (const path of paths) keep(store, address(path), path, [], [path.split("/")[1]!]);
    store.purge(purge);
    expect(paths.filter((path) => textOf(store, address(path)) === undefined)).toEqual(gone);
    for (const path of paths) keep(store, address(path), path, [], [path.split("/")[1]!]);
    expect(paths.filter((path) => textOf(store, address(path)) === undefined)).toEqual([]);
  });

  it.each([
    ["a purge of its tag", (store: MemoryResponseStore) => store.purge({ kind: "tag", tag: "shoes" })],
    ["a drop", (store: MemoryResponseStore) => store.drop(address("/a").resource)],
    ["a purge of everything", (store: MemoryResponseStore) => store.purge({ kind: "all" })],
  ])("does not keep what was asked for before %s", (_name, forget) => {
    const store = createStore();
    const { moment } = store.lookup(address("/a"));
    forget(store);
    store.put(address("/a"), [], response("old", ["shoes"]), 60_000, moment);
    expect(textOf(store, address("/a"))).toBeUndefined();
  });

  it("forgets rather too much than too little once purges and drops are too many to remember", () => {
    const store = createStore();
    keep(store, address("/a"));
    const { moment } = store.lookup(address("/b"));
    for (let index = 0; index < 10_001; index++) store.purge({ kind: "tag", tag: `t${index}` });
    expect(textOf(store, address("/a"))).toBeUndefined();
    for (let index = 0; index < 1001; index++) store.drop(`http://shop.test/${index}`);
    store.put(address("/b"), [], response("old"), 60_000, moment);
    expect(textOf(store, address("/b"))).toBeUndefined();
  });
});
