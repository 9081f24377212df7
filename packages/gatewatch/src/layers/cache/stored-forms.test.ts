import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import type { StoredLine, StoredResponse } from "../../state/response-store.ts";
import { closeCachedApps, serve } from "./cached-app-stand-in.ts";
import type { CacheContext } from "./cache-context.ts";
import { StoredForms } from "./stored-forms.ts";

afterAll(closeCachedApps);

const BODY = Buffer.from("again and again ".repeat(700));
const CONTEXT = { name: "gatewatch", showsTtl: false } as CacheContext;

function stored(lines: readonly StoredLine[], status = 200): StoredResponse {
  const times = { receivedMs: 0, initialAgeMs: 0, freshMs: 60_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 };
  return { status, lines, body: BODY, traits: 0, tags: [], ...times };
}

describe("the forms of a stored response", () => {
  it("are made once a second, and again for another cache", () => {
    const forms = new StoredForms(BODY);
    const response = stored([["Content-Type", "text/plain"]]);
    const first = forms.fresh(CONTEXT, response, 1, 59);
    expect(first?.headers).toEqual({
      "Content-Type": "text/plain",
      "Content-Length": String(BODY.byteLength),
      Age: "1",
      "X-Cache": "HIT",
      "Cache-Status": "gatewatch; hit; ttl=59",
    });
    expect(forms.fresh(CONTEXT, response, 1, 59)).toBe(first);
    expect(forms.fresh(CONTEXT, response, 2, 58)?.headers).toMatchObject({ Age: "2" });
    const other = { name: "edge", showsTtl: true } as CacheContext;
    expect(forms.fresh(other, response, 2, 58)?.headers).toMatchObject({
      "Cache-Status": "edge; hit; ttl=58",
      "X-Cache-TTL": "58",
    });
  });

  it.each<[string, readonly StoredLine[]]>([
    ["a line with several values", [["Set-Cookie", ["a=1", "b=2"]]]],
    [
      "a line twice",
      [
        ["Link", "</a>"],
        ["link", "</b>"],
      ],
    ],
    ["the word of a cache further in", [["Cache-Status", "inner; hit"]]],
    ["a line break", [["X-A", "b\r\nX-Evil: 1"]]],
    ["a character that no header has", [["X-A", "\u20ac"]]],
    ["a name that is none", [["X A", "b"]]],
  ])("are not made of %s", (_what, lines) => {
    expect(new StoredForms(BODY).fresh(CONTEXT, stored(lines), 1, 59)).toBeUndefined();
  });

  it.each([204, 304])("say no length of a %d", (status) => {
    const reply = new StoredForms(BODY).fresh(CONTEXT, stored([], status), 1, 59);
    expect(reply?.headers).not.toHaveProperty("Content-Length");
  });

  it("are those of the same bytes only, wherever these lie", () => {
    const forms = new StoredForms(BODY);
    const grown: number[] = [];
    forms.owner = { grow: (bytes) => grown.push(bytes) > 0 };
    forms.set("br", Buffer.from("other"), Buffer.from("packed"));
    expect(grown).toEqual([]);
    forms.set("br", BODY, Buffer.from("packed"));
    expect(grown).toEqual([106]);
    expect(forms.get("br", Buffer.from(BODY))?.toString()).toBe("packed");
    expect(forms.get("br", Buffer.alloc(BODY.byteLength))).toBeUndefined();
    expect(forms.get("gzip", BODY)).toBeUndefined();
  });

  it.each([
    ["there is no room", { grow: () => false }],
    ["nobody keeps the response", undefined],
  ])("are not kept where %s", (_what, owner) => {
    const forms = new StoredForms(BODY);
    forms.owner = owner;
    forms.set("br", BODY, Buffer.from("packed"));
    expect(forms.get("br", BODY)).toBeUndefined();
  });
});

describe("a body that is compressed for its clients", () => {
  it.each([
    ["in one piece", 11_000],
    ["on other threads", 200_000],
  ])("is so once for each coding, and counted: %s", async (_how, length) => {
    const text = "again and again ".repeat(length / 16);
    const app = await serve(
      (_asked, answer) => {
        answer.setHeader("Cache-Control", "max-age=60");
        answer.setHeader("Content-Type", "text/plain");
        answer.end(text);
      },
      { isCompressed: true },
    );
    await app.ask("/a");
    const sizes = [app.layer.stats?.()["bytes"] ?? 0];
    for (const coding of ["br", "br", "gzip", "gzip"]) {
      const answer = await app.ask("/a", { "accept-encoding": coding });
      expect(answer.headers).toMatchObject({ "x-cache": "HIT", "content-encoding": coding });
      const plain = coding === "br" ? brotliDecompressSync(answer.body) : gunzipSync(answer.body);
      expect(plain.toString()).toBe(text);
      const bytes = app.layer.stats?.()["bytes"] ?? 0;
      expect(bytes - sizes.at(-1)!).toBe(sizes.length % 2 === 1 ? answer.body.byteLength + 100 : 0);
      sizes.push(bytes);
    }
    expect((await app.ask("/a")).text).toBe(text);
    expect(app.seen).toHaveLength(1);
  });
});
