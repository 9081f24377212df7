import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createBodyStandIn } from "../../gate/body-stand-in.ts";
import { ENCODED_VARIANTS, type EncodedVariants } from "../../gate/encoded-variants.ts";
import type { Exchange } from "../../gate/exchange.ts";
import { DEFAULTS } from "../../options/defaults.ts";
import type { CompressionOptions } from "../../options/groups/compression.ts";
import { OPTION_TABLE } from "../../options/option-table.ts";
import { parseValue } from "../../options/parse-value.ts";
import { createExchangeStandIn } from "../../record/exchange-stand-in.ts";
import { createHeadStandIn } from "../head-stand-in.ts";
import { createCompressionLayer } from "./create-compression-layer.ts";

const BROWSER = "gzip, deflate, br, zstd";
const LONG = "every word is here again and again ".repeat(200);
const JSON_TYPE = { "Content-Type": "application/json; charset=utf-8" };
const DECODERS: Record<string, (bytes: Uint8Array) => Buffer> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

type Values = Partial<CompressionOptions>;
type Lines = Record<string, string>;

interface Asked {
  method?: string;
  accept?: string | undefined;
  url?: string;
  status?: number;
  request?: Lines;
  /** Undefined: a stream. */
  body?: string | Uint8Array | undefined;
}

interface Answer {
  headers: Lines;
  /** The whole body in its encoded form. */
  encoded: Uint8Array | undefined;
  isStream: boolean;
  /** Whether the layer wanted to see the body. */
  hasAsked: boolean;
  stats: Readonly<Record<string, number>>;
}

function answer(head: Lines, asked: Asked = {}, values: Values = {}, prepare?: (x: Exchange) => void): Answer {
  const { method = "GET", url = "/", status = 200 } = asked;
  const accept = "accept" in asked ? asked.accept : BROWSER;
  const headers = { ...asked.request, ...(accept === undefined ? {} : { "accept-encoding": accept }) };
  const x = createExchangeStandIn({ method, url, headers });
  prepare?.(x);
  const lines = createHeadStandIn(head, status);
  const layer = createCompressionLayer({ ...DEFAULTS.compression, ...values });
  const body = createBodyStandIn();
  layer.onHead?.(x, lines, body);
  const hasAsked = body.hasDecisions;
  if (method !== "HEAD") body.decide("body" in asked ? asked.body : LONG);
  return {
    headers: lines.all(),
    encoded: body.encoded,
    isStream: body.openEncoder !== undefined,
    hasAsked,
    stats: layer.stats?.() ?? {},
  };
}

const codingOf = (given: Answer): string | undefined => given.headers["content-encoding"];

describe("the compression layer", () => {
  it.each([
    ["gzip", "gzip"],
    ["br", "br"],
    ["zstd", "zstd"],
    [BROWSER, "zstd"],
    ["gzip, br", "br"],
    ["gzip;q=1, br;q=0.5", "gzip"],
  ])("compresses for whoever accepts %s by %s", (accept, coding) => {
    const given = answer(JSON_TYPE, { accept });
    expect(given.headers).toEqual({
      "content-type": "application/json; charset=utf-8",
      "content-encoding": coding,
      vary: "Accept-Encoding",
    });
    expect(DECODERS[coding]!(given.encoded!).toString()).toBe(LONG);
    expect(given.stats).toMatchObject({
      answers: 1,
      wholes: 1,
      bytesBefore: LONG.length,
      bytesAfter: given.encoded!.length,
    });
  });

  it.each<[string, Lines, Asked, Values]>([
    ["nothing is accepted", JSON_TYPE, { accept: undefined }, {}],
    ["an empty list is accepted", JSON_TYPE, { accept: "" }, {}],
    ["only unknown codings are accepted", JSON_TYPE, { accept: "deflate, compress" }, {}],
    ["answers as they are are preferred", JSON_TYPE, { accept: "identity, gzip;q=0.5" }, {}],
    ["the body is short", JSON_TYPE, { body: "x".repeat(1023) }, {}],
    ["the body is empty", JSON_TYPE, { body: "" }, {}],
    ["the length says so", { ...JSON_TYPE, "Content-Length": "1023" }, { body: undefined }, {}],
    ["the body is encoded already", { ...JSON_TYPE, "Content-Encoding": "br" }, {}, {}],
    ["the body is encoded by something else", { ...JSON_TYPE, "Content-Encoding": "aws-chunked" }, {}, {}],
    ["no-transform forbids it", { ...JSON_TYPE, "Cache-Control": "no-transform" }, {}, {}],
    [
      "no-transform forbids it among others",
      { ...JSON_TYPE, "Cache-Control": "public, No-Transform , max-age=1" },
      {},
      {},
    ],
    ["it is a part by its header", { ...JSON_TYPE, "Content-Range": "bytes 0-9/100" }, {}, {}],
    ["a digest of the content is given", { ...JSON_TYPE, "Content-Digest": "sha-256=:x:" }, {}, {}],
    ["a digest of the representation is given", { ...JSON_TYPE, "Repr-Digest": "sha-256=:x:" }, {}, {}],
    ["an old digest is given", { ...JSON_TYPE, Digest: "SHA-256=x" }, {}, {}],
    ["an MD5 is given", { ...JSON_TYPE, "Content-MD5": "x" }, {}, {}],
    ["it sets a cookie, and secrets are skipped", { ...JSON_TYPE, "Set-Cookie": "a=1" }, {}, { skipSecrets: true }],
    [
      "it may not be stored, and secrets are skipped",
      { ...JSON_TYPE, "Cache-Control": "no-store" },
      {},
      { skipSecrets: true },
    ],
    ["the only coding is not accepted", JSON_TYPE, { accept: "br" }, { encodings: ["gzip"] }],
    ["no coding is left", JSON_TYPE, {}, { encodings: [] }],
  ])("stays as it is where %s, and says that it depends", (_name, head, asked, values) => {
    const given = answer(head, asked, values);
    expect(given.encoded).toBeUndefined();
    expect(given.isStream).toBe(false);
    expect(codingOf(given)).toBe(head["Content-Encoding"]);
    expect(given.headers["vary"]).toBe("Accept-Encoding");
    expect(given.stats["answers"]).toBe(0);
  });

  it.each<[string, Lines, Asked, Values]>([
    ["the type is not worth it", { "Content-Type": "image/png" }, {}, {}],
    ["there is no type", {}, {}, {}],
    ["it is an event stream", { "Content-Type": "text/event-stream" }, { body: undefined }, {}],
    ["it is an event stream with a charset", { "Content-Type": "Text/Event-Stream; charset=utf-8" }, {}, {}],
    ["it is a part", JSON_TYPE, { status: 206 }, {}],
    ["it has no content", JSON_TYPE, { status: 204 }, {}],
    ["its path is skipped", JSON_TYPE, { url: "/raw/1?x" }, { skip: ["/raw/*"] }],
    ["the app's filter says no", JSON_TYPE, {}, { filter: () => false }],
    ["a layer of its route is off", JSON_TYPE, {}, { enabled: false }],
  ])("has nothing to do where %s", (_name, head, asked, values) => {
    const given = answer(head, asked, values);
    expect(given.headers).toEqual(
      Object.fromEntries(Object.entries(head).map(([name, value]) => [name.toLowerCase(), value])),
    );
    expect(given.hasAsked).toBe(false);
    expect(given.encoded).toBeUndefined();
  });

  it.each<[string, Lines, Asked, Values]>([
    ["exactly as long as the threshold", JSON_TYPE, { body: "x".repeat(1024) }, {}],
    ["of a lower threshold", JSON_TYPE, { body: "x".repeat(100) }, { thresholdBytes: 100 }],
    ["for whom refuses answers as they are", JSON_TYPE, { accept: "gzip, identity;q=0", body: "x".repeat(100) }, {}],
    ["with the coding identity", { ...JSON_TYPE, "Content-Encoding": "identity" }, {}, {}],
    ["with another directive that resembles no-transform", { ...JSON_TYPE, "Cache-Control": "x-no-transform" }, {}, {}],
    ["that sets a cookie", { ...JSON_TYPE, "Set-Cookie": "a=1" }, {}, {}],
    ["that may not be stored", { ...JSON_TYPE, "Cache-Control": "no-store" }, {}, {}],
    [
      "with a cookie but skipping only what may not be stored",
      { ...JSON_TYPE, "Cache-Control": "private" },
      {},
      { skipSecrets: true },
    ],
    ["of an error", JSON_TYPE, { status: 500 }, {}],
    ["of a POST", JSON_TYPE, { method: "POST" }, {}],
    ["of a further type", { "Content-Type": "application/x-protobuf" }, {}, { types: ["application/x-protobuf"] }],
    ["that the app's filter wants", { "Content-Type": "image/png" }, {}, { filter: () => true }],
    ["that the app's filter leaves to its type", JSON_TYPE, {}, { filter: () => undefined }],
    [
      "whose filter is `async` by mistake",
      JSON_TYPE,
      {},
      { filter: (() => Promise.reject(new Error("late"))) as never },
    ],
    ["beside a skipped path", JSON_TYPE, { url: "/rawish" }, { skip: ["/raw"] }],
    ["with a length", { ...JSON_TYPE, "Content-Length": String(LONG.length) }, {}, {}],
  ])("compresses an answer %s", (_name, head, asked, values) => {
    const given = answer(head, asked, values);
    expect(["zstd", "gzip"]).toContain(codingOf(given));
    expect(given.encoded!.length).toBeLessThan(LONG.length);
  });

  it.each<[vary: string, sent: string]>([
    ["Accept", "Accept, Accept-Encoding"],
    ["accept-encoding", "accept-encoding"],
    ["Origin, Accept-Encoding", "Origin, Accept-Encoding"],
    ["*", "*"],
  ])("adds to Vary: %s", (vary, sent) => {
    expect(answer({ ...JSON_TYPE, Vary: vary }).headers["vary"]).toBe(sent);
  });

  it.each<[tag: string, sent: string]>([
    ['"abc"', 'W/"abc"'],
    ['W/"abc"', 'W/"abc"'],
    ['""', 'W/""'],
    ["abc", "abc"],
  ])("weakens the entity tag %s to %s", (tag, sent) => {
    expect(answer({ ...JSON_TYPE, ETag: tag }).headers["etag"]).toBe(sent);
  });

  it("leaves the entity tag of what stays as it is", () => {
    expect(answer({ ...JSON_TYPE, ETag: '"abc"' }, { body: "short" }).headers["etag"]).toBe('"abc"');
  });

  it.each<[ifNoneMatch: string | undefined, tag: string, sent: string]>([
    ['W/"abc"', '"abc"', 'W/"abc"'],
    ['"x", W/"abc"', '"abc"', 'W/"abc"'],
    ['"abc"', '"abc"', '"abc"'],
    ['W/"other"', '"abc"', '"abc"'],
    ['W/"abc"', 'W/"abc"', 'W/"abc"'],
    [undefined, '"abc"', '"abc"'],
  ])("a 304 for %s names the tag %s as %s", (ifNoneMatch, tag, sent) => {
    const request = ifNoneMatch === undefined ? {} : { "if-none-match": ifNoneMatch };
    const given = answer({ ETag: tag }, { status: 304, request: request as Lines });
    expect(given.headers).toEqual({ etag: sent });
    expect(given.hasAsked).toBe(false);
  });

  it.each<[string, Lines, Asked, Lines]>([
    [
      "what would be compressed",
      { ...JSON_TYPE, "Content-Length": "5000", ETag: '"a"' },
      {},
      { "content-encoding": "zstd", etag: 'W/"a"', vary: "Accept-Encoding" },
    ],
    [
      "what is short",
      { ...JSON_TYPE, "Content-Length": "50" },
      {},
      { "content-length": "50", vary: "Accept-Encoding" },
    ],
    ["what has no known length", JSON_TYPE, {}, { vary: "Accept-Encoding" }],
    [
      "what may not be changed",
      { ...JSON_TYPE, "Content-Length": "5000", "Cache-Control": "no-transform" },
      {},
      { "content-length": "5000", "cache-control": "no-transform", vary: "Accept-Encoding" },
    ],
    [
      "nobody who accepts it",
      { ...JSON_TYPE, "Content-Length": "5000" },
      { accept: undefined },
      { "content-length": "5000", vary: "Accept-Encoding" },
    ],
    ["a picture", { "Content-Type": "image/png", "Content-Length": "5000" }, {}, { "content-length": "5000" }],
  ])("a HEAD has the head of its GET: %s", (_name, head, asked, lines) => {
    const given = answer(head, { ...asked, method: "HEAD" });
    expect(given.headers).toEqual({ "content-type": head["Content-Type"], ...lines });
    expect(given.hasAsked).toBe(false);
  });

  it("compresses streams and long bodies piece by piece", () => {
    expect(answer(JSON_TYPE, { body: undefined })).toMatchObject({
      isStream: true,
      headers: { "content-encoding": "zstd" },
    });
    expect(answer(JSON_TYPE, { body: "x".repeat(65_537) })).toMatchObject({ isStream: true, encoded: undefined });
    expect(answer(JSON_TYPE, { body: "x".repeat(65_536) })).toMatchObject({ isStream: false });
    expect(answer(JSON_TYPE, { body: "x".repeat(2000) }, { syncBytes: 0 })).toMatchObject({ isStream: true });
  });

  it("compresses event streams only when it is told to", () => {
    const events = { "Content-Type": "text/event-stream" };
    expect(answer(events, { body: undefined }, { eventStreams: true })).toMatchObject({ isStream: true });
  });

  it("gives up where compressing does not help", () => {
    const random = new Uint8Array(2000);
    crypto.getRandomValues(random);
    const given = answer(JSON_TYPE, { body: random });
    expect(given).toMatchObject({ encoded: undefined, stats: { givenUp: 1, answers: 0 } });
    expect(codingOf(given)).toBeUndefined();
  });

  it("takes the encoded form that a cache has kept, and hands it a new one", () => {
    const kept = new Map<string, Uint8Array>();
    const variants: EncodedVariants = {
      get: (encoding) => kept.get(encoding),
      set: (encoding, _body, encoded) => void kept.set(encoding, encoded),
    };
    const first = answer(JSON_TYPE, { accept: "gzip" }, {}, (x) => ENCODED_VARIANTS.set(x, variants));
    expect([...kept.keys()]).toEqual(["gzip"]);
    const second = answer(JSON_TYPE, { accept: "gzip" }, {}, (x) => ENCODED_VARIANTS.set(x, variants));
    expect(second.encoded).toBe(first.encoded);
  });

  it("remembers few of the texts that strangers write", () => {
    const layer = createCompressionLayer(DEFAULTS.compression);
    for (let at = 0; at < 100_000; at++) {
      const x = createExchangeStandIn({ headers: { "accept-encoding": `gzip;q=0.${at}, x${at}` } });
      const head = createHeadStandIn({ "Content-Type": `text/x-${at}` });
      layer.onHead?.(x, head, createBodyStandIn());
    }
    const body = createBodyStandIn();
    layer.onHead?.(
      createExchangeStandIn({ headers: { "accept-encoding": "gzip" } }),
      createHeadStandIn(JSON_TYPE),
      body,
    );
    expect(body.decide(LONG).encoded).toBeDefined();
  });

  it("lets a layer of one route decide for it", () => {
    const x = createExchangeStandIn({ headers: { "accept-encoding": "gzip" } });
    const body = createBodyStandIn();
    const head = createHeadStandIn(JSON_TYPE);
    createCompressionLayer({ ...DEFAULTS.compression, enabled: false }).onHead?.(x, head, body);
    createCompressionLayer(DEFAULTS.compression).onHead?.(x, head, body);
    expect(body.hasDecisions).toBe(false);
  });
});

describe("the options of compression", () => {
  const parse = (key: keyof CompressionOptions, value: unknown): unknown =>
    parseValue(
      OPTION_TABLE.find((row) => row.key === `compression.${key}`)!,
      value,
      `compression.${key}`,
    );

  it.each<[keyof CompressionOptions, unknown, RegExp]>([
    ["encodings", ["gzp"], /"gzp" is no coding; did you mean gzip\?; allowed is a list of zstd, br, gzip/],
    ["encodings", ["brotli"], /did you mean br\?/],
    ["encodings", ["deflate"], /"deflate" is no coding/],
    ["encodings", [5], /5 is no coding/],
    ["thresholdBytes", -1, /a whole number from 0/],
    ["gzipLevel", 10, /from 1 to 9/],
    ["brotliQuality", 12, /from 0 to 11/],
    ["zstdLevel", 0, /from 1 to 19/],
    ["types", ["text/html; charset=utf-8"], /parameters do not belong to it/],
    ["types", ["protobuf"], /is no type/],
    ["skip", ["raw"], /is no path/],
    ["filter", "yes", /it is a string; allowed is a function/],
  ])("refuses %s: %j", (key, value, message) => {
    expect(() => parse(key, value)).toThrow(message);
  });

  it.each<[keyof CompressionOptions, unknown, unknown]>([
    ["encodings", "br, GZIP", ["br", "gzip"]],
    ["encodings", ["gzip", "gzip"], ["gzip"]],
    ["types", "application/x-protobuf", ["application/x-protobuf"]],
    ["skip", ["/a", "/b*"], ["/a", "/b*"]],
  ])("takes %s: %j", (key, value, parsed) => {
    expect(parse(key, value)).toEqual(parsed);
  });
});

describe("compression that pauses", () => {
  afterEach(() => void vi.useRealTimers());

  it("pushes out what it holds once the app pauses", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const body = createBodyStandIn();
    const x = createExchangeStandIn({ headers: { "accept-encoding": "gzip" } });
    createCompressionLayer(DEFAULTS.compression).onHead?.(x, createHeadStandIn({ "Content-Type": "text/html" }), body);
    const pushed: Uint8Array[] = [];
    const arrived = Promise.withResolvers<void>();
    const encoder = body.decide(undefined).openEncoder!({
      push: (bytes) => {
        pushed.push(bytes);
        if (Buffer.concat(pushed).length > 20) arrived.resolve();
      },
      drain: () => undefined,
      end: () => undefined,
      fail: (error) => arrived.reject(error as Error),
    });
    encoder.write(Buffer.from("the first half of a page"));
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(20);
    await arrived.promise;
    expect(gunzipSync(Buffer.concat(pushed), { finishFlush: 2 }).toString()).toBe("the first half of a page");
    encoder.destroy();
    expect(vi.getTimerCount()).toBe(0);
  });
});
