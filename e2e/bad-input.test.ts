import { once } from "node:events";
import { existsSync, globSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { TokenList } from "@gatewatch/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FOREIGN_BODIES, type ForeignBody } from "./support/foreign-languages.ts";
import { readStored } from "./support/read-stored.ts";
import { startGatewatch, type RunningServer } from "./support/start-gatewatch.ts";

const REFUSED = "note-of-a-refused-event";
const KEPT = "note-of-a-kept-event";
const YEAR_MS = 365 * 86_400_000;
const BOMB = Buffer.alloc(64 * 2 ** 20, 0x20);
const BOMBS = {
  gzip: gzipSync(BOMB),
  zstd: zstdCompressSync(BOMB),
  deflate: deflateSync(BOMB),
  br: brotliCompressSync(BOMB),
};
/** Longer than what costs little however it nests. */
const DEEP = `${"[".repeat(600_000)}${"]".repeat(600_000)}`;
/** What the server may take beside what it had: four bodies of eight megabytes at once, as packed, unpacked and parsed. */
const MAX_GROWTH_BYTES = 256 * 2 ** 20;

let server: RunningServer;
let keys: { ingest: string; read: string; revoked: string };
const kept = new Map<string, number>();

beforeAll(async () => {
  server = await startGatewatch({ env: { GATEWATCH_INGEST_KIB_PER_SECOND: "100000000" } });
  const create = (scope: string): string =>
    server.command<{ token: string }>("token", "create", "--scope", scope, "--name", scope).token;
  const revoked = create("ingest");
  const { tokens } = server.command<TokenList>("token", "list");
  server.command("token", "revoke", String(tokens.find(({ name }) => name === "ingest")!.id));
  keys = { ingest: create("ingest"), read: create("read"), revoked };
});
afterAll(() => server?.remove());

/** The greatest resident memory that the server had so far; 0 where the system does not tell. */
function peakBytes(): number {
  const file = `/proc/${server.process.child.pid}/status`;
  if (!existsSync(file)) return 0;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(file, "utf8"))?.[1]) * 1024;
}

interface Answer {
  status: number;
  body: string;
}

async function post(
  { path, type, keyed }: ForeignBody,
  body: Uint8Array,
  { key = keys.ingest, headers = {} }: { key?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": type, ...keyed(key), ...headers },
    body: Uint8Array.from(body),
  });
  return { status: answer.status, body: await answer.text() };
}

/** A head that promises more than comes, and what the server says to it. */
async function promise({ path, type, keyed }: ForeignBody, head: string, body: string): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const fields = Object.entries({ host: "a", connection: "close", "content-type": type, ...keyed(keys.ingest) });
  const lines = [`POST ${path} HTTP/1.1`, ...fields.map(([name, value]) => `${name}: ${value}`), head, "", body];
  socket.write(lines.join("\r\n"));
  const answer = await text(socket);
  return { status: Number(answer.slice(9, 12)), body: answer.slice(answer.indexOf("\r\n\r\n") + 4) };
}

/** What a refusal looks like; anything else tells itself. */
function describeAnswer({ refusal }: ForeignBody, { status, body }: Answer): { status: number; body: string } {
  return { status, body: refusal.test(body) ? "a refusal" : body };
}

const refusalOf = (status: number) => ({ status, body: "a refusal" });

const sendGood = (language: ForeignBody, timeMs = Date.now()): Promise<Answer> =>
  post(language, language.make(KEPT, timeMs));

function countKept(language: ForeignBody, count: number): void {
  kept.set(language.name, (kept.get(language.name) ?? 0) + count);
}

describe.each(FOREIGN_BODIES)("bad input in the language $name", (language) => {
  const refused = language.make(REFUSED, Date.now());
  const { unknownKey, unreadable } = language.statuses;

  test.each([
    ["nobody has", "unknown", unknownKey],
    ["was revoked", "revoked", unknownKey],
    ["may only read", "read", 403],
  ] as const)("a key that %s is refused", async (_what, key, status) => {
    const given = key === "unknown" ? "gatewatch_in_nobody" : keys[key];
    expect(describeAnswer(language, await post(language, refused, { key: given }))).toEqual(refusalOf(status));
  });

  test("a truncated body is refused, wherever it ends", async () => {
    const ends = [0.1, 0.5, 0.9].map((share) => refused.subarray(0, Math.floor(refused.length * share)));
    for (const body of ends)
      expect(describeAnswer(language, await post(language, body))).toEqual(refusalOf(unreadable));
  });

  // Two messages of protobuf after each other are one.
  test.each(language.type.includes("protobuf") ? [] : ["twice"])("a body that is there %s is refused", async () => {
    const answer = await post(language, Buffer.concat([refused, refused]));
    expect(describeAnswer(language, answer)).toEqual(refusalOf(unreadable));
  });

  test.each(["gzip", "zstd", "deflate"] as const)("bombs of %s are refused", async (encoding) => {
    const bombs = Array.from({ length: 8 }, () =>
      post(language, BOMBS[encoding], { headers: { "content-encoding": encoding } }),
    );
    for (const answer of await Promise.all(bombs)) expect(describeAnswer(language, answer)).toEqual(refusalOf(413));
  });

  test("an encoding that is not understood is refused unread", async () => {
    const answer = await post(language, BOMBS.br, { headers: { "content-encoding": "br" } });
    expect(describeAnswer(language, answer)).toEqual(refusalOf(415));
  });

  test("a claimed gigabyte is refused before it comes", async () => {
    const answer = await promise(language, "content-length: 1000000000", REFUSED);
    expect(describeAnswer(language, answer)).toEqual(refusalOf(413));
  });

  test("a chunk of a claimed gigabyte is refused once it is too much", async () => {
    // Not a byte more: what is left unread when the server hangs up would take its answer along.
    const body = `3b9aca00\r\n${REFUSED.padEnd(language.maxBytes + 1, " ")}`;
    const answer = await promise(language, "transfer-encoding: chunked", body);
    expect(answer.status).toBe(413);
  });

  test("what nests without end is refused before it is parsed", async () => {
    const answer = await post(language, Buffer.from(`{"note":"${REFUSED}","deep":${DEEP}}`));
    const status = language.maxBytes < DEEP.length ? 413 : unreadable;
    expect(describeAnswer(language, answer)).toEqual(refusalOf(status));
  });

  test("bytes that are no UTF-8 become replacement characters", async () => {
    const body = language.make(`${KEPT} ?`, Date.now());
    body[body.indexOf(`${KEPT} ?`) + KEPT.length + 1] = 0xff;
    expect((await post(language, body)).status).toBe(200);
    countKept(language, 1);
  });

  test("an event of years to come is kept", async () => {
    expect((await sendGood(language, Date.now() + 20 * YEAR_MS)).status).toBe(200);
    countKept(language, 1);
  });

  test.each(language.old === "now" ? [20] : [])("an event of %d years ago is kept as one of now", async (years) => {
    expect((await sendGood(language, Date.now() - years * YEAR_MS)).status).toBe(200);
    countKept(language, 1);
  });

  test.each(language.old === "refused" ? [20] : [])("an event of %d years ago is refused by name", async (years) => {
    const answer = await post(language, language.make(REFUSED, Date.now() - years * YEAR_MS));
    expect(answer).toEqual({ status: 200, body: expect.stringMatching(/30 days/) as string });
  });

  test("what comes twice is told apart by its id, where it has one", async () => {
    const body = language.make(KEPT, Date.now());
    expect((await post(language, body)).status).toBe(200);
    expect((await post(language, body)).status).toBe(200);
    countKept(language, language.idempotent ? 1 : 2);
  });

  test("good events are taken afterwards", async () => {
    expect((await sendGood(language)).status).toBe(200);
    countKept(language, 1);
  });
});

describe("bad frames of Cerberus", () => {
  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/ws/events`);
    await once(socket, "open");
    return socket;
  }

  async function exchange(socket: WebSocket, frame: string): Promise<string> {
    const message = once(socket, "message") as Promise<[{ data: string }]>;
    socket.send(frame);
    return (await message)[0].data;
  }

  const frameOf = (key: string, note: string): string =>
    JSON.stringify({ api_key: key, endpoint: "/orders", method: "GET", custom_data: { note } });

  test("have one answer each, and the next good one is taken", async () => {
    const socket = await open();
    const good = frameOf(keys.ingest, KEPT);
    const bad = frameOf(keys.ingest, REFUSED);
    for (const frame of [
      frameOf("gatewatch_in_nobody", REFUSED),
      frameOf(keys.read, REFUSED),
      bad.slice(0, -10),
      bad + bad,
      `${bad.slice(0, -1)},"deep":${DEEP}}`,
      bad.replace('"/orders"', `"${"x".repeat(5 * 2 ** 20)}"`),
    ]) {
      expect(await exchange(socket, frame)).toMatch(/^\{"status":"error","error":"[a-z_]+","message":"/);
      expect(await exchange(socket, good)).toBe('{"status":"ok"}');
      countKept(
        FOREIGN_BODIES.find(({ name }) => name === "Cerberus")!,
        1,
      );
    }
    socket.close();
  });

  test.each([
    ["of a claimed gigabyte", Buffer.from("81ff000000003b9aca0000000000", "hex"), 1009],
    ["of no UTF-8", Buffer.from("818100000000ff", "hex"), 1007],
    ["without a mask", Buffer.from("8101ff", "hex"), 1002],
  ])("%s end their connection alone", async (_what, bytes, code) => {
    const neighbour = await open();
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      "GET /ws/events HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    const [head] = (await once(socket, "data")) as [Buffer];
    expect(head.toString("latin1")).toMatch(/^HTTP\/1\.1 101 /);
    socket.write(bytes);
    const [close] = (await once(socket, "data")) as [Buffer];
    // A close frame, then its code.
    expect([close[0], close.readUInt16BE(2)]).toEqual([0x88, code]);
    socket.destroy();
    expect(await exchange(neighbour, frameOf(keys.ingest, KEPT))).toBe('{"status":"ok"}');
    countKept(
      FOREIGN_BODIES.find(({ name }) => name === "Cerberus")!,
      1,
    );
    neighbour.close();
  });
});

describe("meanwhile", () => {
  test("memory stays bounded, and another client loses nothing", async () => {
    const [neighbour] = FOREIGN_BODIES;
    const before = peakBytes();
    const over = new AbortController();
    const neighbours = (async () => {
      const statuses: number[] = [];
      while (!over.signal.aborted) statuses.push((await sendGood(neighbour!)).status);
      return statuses;
    })();
    const claims = FOREIGN_BODIES.flatMap((language) =>
      Array.from({ length: 10 }, () => promise(language, "content-length: 1000000000", REFUSED)),
    );
    const bombs = FOREIGN_BODIES.flatMap((language) =>
      (["gzip", "zstd", "deflate"] as const).flatMap((encoding) =>
        Array.from({ length: 10 }, () =>
          post(language, BOMBS[encoding], { headers: { "content-encoding": encoding } }),
        ),
      ),
    );
    // Whoever has a DSN may send these, and its key is public.
    const envelopes = Object.entries(BOMBS).flatMap(([encoding, body]) =>
      Array.from({ length: 10 }, () =>
        fetch(`${server.url}/api/1/envelope/?sentry_key=${keys.ingest}`, {
          method: "POST",
          headers: { "content-encoding": encoding },
          body: Uint8Array.from(body),
        }),
      ),
    );
    for (const { status } of await Promise.all([...claims, ...bombs, ...envelopes])) expect(status).toBe(413);
    over.abort();
    const statuses = await neighbours;
    expect(new Set(statuses)).toEqual(new Set([200]));
    countKept(neighbour!, statuses.length);
    expect(peakBytes() - before).toBeLessThan(MAX_GROWTH_BYTES);
  });

  test("nothing is stored of what was refused, and everything else once", async () => {
    await server.stop();
    for (const file of globSync("**/*", { cwd: server.dataDir, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      expect({ path, isThere: readFileSync(path).includes(REFUSED) }).toEqual({ path, isThere: false });
    }
    const stored = await readStored(server.dataDir, "default");
    expect(stored.texts.filter((item) => item.includes(REFUSED))).toEqual([]);
    const count = (items: string[]) => items.filter((item) => item.includes(KEPT)).length;
    const sum = (...names: string[]) => names.reduce((total, name) => total + kept.get(name)!, 0);
    expect({
      logs: count(stored.logs.map((log) => log.message)),
      errors: count(stored.errors.map((error) => JSON.stringify(error))),
      requests: stored.paths.filter((path) => path === "/orders").length,
    }).toEqual({
      logs: sum("native", "OTLP, JSON", "OTLP, protobuf"),
      errors: sum("agents, an error", "agents, a step"),
      requests: sum("Cerberus"),
    });
    expect(count(stored.texts)).toBeGreaterThan(0);
    expect(stored.texts.filter((item) => item.includes(`${KEPT} \uFFFD`)).length).toBe(FOREIGN_BODIES.length);
  });
});
