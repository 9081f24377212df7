import { text as readText } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import { BYTES, TEXT } from "./app-routes.ts";
import type { LayerRow } from "./row.ts";

const CODINGS = ["gzip", "br", "zstd"];
const ANY = { "accept-encoding": "gzip, br, zstd" };

async function readUntil(chunks: AsyncIterator<Buffer>, text: string): Promise<string> {
  let read = "";
  while (!read.includes(text)) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    read += value.toString();
  }
  return read;
}

/** compression. */
export const COMPRESSION_ROWS: readonly LayerRow[] = [
  {
    layer: "compression",
    name: "a text in each coding decodes to the same bytes",
    asks: CODINGS.map((coding) => ({
      path: "/big",
      headers: { "accept-encoding": coding },
      sees: { headers: { "content-encoding": coding, vary: "Accept-Encoding", etag: 'W/"big"' }, body: TEXT },
    })),
    check({ answers }) {
      for (const { raw, headers } of answers) {
        expect(raw.length).toBeLessThan(TEXT.length / 4);
        expect(headers["content-length"] ?? String(raw.length)).toBe(String(raw.length));
      }
    },
  },
  {
    layer: "compression",
    name: "a stream in each coding decodes to the same bytes",
    asks: CODINGS.map((coding) => ({
      path: "/stream",
      headers: { "accept-encoding": coding },
      sees: { headers: { "content-encoding": coding, vary: "Accept-Encoding" }, body: TEXT },
    })),
  },
  {
    layer: "compression",
    name: "the client's preference decides, and identity is one",
    asks: [
      { path: "/big", headers: ANY, sees: { headers: { "content-encoding": "zstd" }, body: TEXT } },
      {
        path: "/big",
        headers: { "accept-encoding": "br;q=0.5, gzip" },
        sees: { headers: { "content-encoding": "gzip" }, body: TEXT },
      },
      { path: "/big", sees: { headers: { "content-encoding": null, vary: "Accept-Encoding" }, body: TEXT } },
      {
        path: "/big",
        headers: { "accept-encoding": "identity" },
        sees: { headers: { "content-encoding": null, etag: '"big"' }, body: TEXT },
      },
    ],
  },
  {
    layer: "compression",
    name: "what is short, of a type not worth it, or encoded by the app stays as it is",
    asks: [
      { path: "/text", headers: ANY, sees: { headers: { "content-encoding": null }, body: "plain words" } },
      { path: "/bytes", headers: ANY, sees: { headers: { "content-encoding": null }, body: BYTES } },
      { path: "/packed", headers: ANY, sees: { headers: { "content-encoding": "gzip" }, body: TEXT } },
    ],
    check: ({ answers }) => expect(gunzipSync(answers[2]!.raw).toString()).toBe(TEXT),
  },
  {
    layer: "compression",
    name: "events of a stream arrive one by one, compressed or not",
    asks: [],
    options: { compression: { eventStreams: true } },
    recorded: 1,
    async play({ client, release }) {
      const { headers, body } = await client.follow("/events", { "accept-encoding": "gzip" });
      expect(headers).toMatchObject({ "content-encoding": "gzip" });
      const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      expect(await readUntil(chunks, "first\n\n")).toBe("data: first\n\n");
      release();
      expect(await readUntil(chunks, "second\n\n")).toBe("data: second\n\n");
      expect(await chunks.next()).toMatchObject({ done: true });
    },
  },
  {
    layer: "compression",
    name: "event streams are left alone by default, and flushed",
    asks: [],
    recorded: 1,
    async play({ client, release }) {
      const { headers, body } = await client.follow("/events", ANY);
      expect(headers["content-encoding"]).toBeUndefined();
      const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      expect(await readUntil(chunks, "first\n\n")).toBe("data: first\n\n");
      release();
      expect(await readText(body)).toBe("data: second\n\n");
    },
  },
  {
    layer: "compression",
    name: "HEAD has the head of GET, and no body",
    asks: [
      { path: "/big", headers: { "accept-encoding": "gzip" }, sees: { headers: { "content-encoding": "gzip" } } },
      {
        path: "/big",
        method: "HEAD",
        headers: { "accept-encoding": "gzip" },
        sees: { headers: { vary: "Accept-Encoding" }, body: "" },
      },
    ],
    check({ answers }) {
      expect(answers[1]?.raw).toHaveLength(0);
      expect([undefined, "gzip"]).toContain(answers[1]?.headers["content-encoding"]);
    },
  },
  {
    layer: "compression",
    name: "skipped paths, and what is below the threshold",
    options: { compression: { skip: ["/big"], thresholdBytes: BYTES.length * 100 } },
    asks: [
      { path: "/big", headers: ANY, sees: { headers: { "content-encoding": null, etag: '"big"' }, body: TEXT } },
      { path: "/cached", headers: ANY, sees: { headers: { "content-encoding": null, etag: '"1"' } } },
      { path: "/stream", headers: ANY, sees: { headers: { "content-encoding": "zstd" }, body: TEXT } },
    ],
  },
];
