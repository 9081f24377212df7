import { hash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeStreamUuid } from "../../model/stream-uuid.ts";
import { NORMAL, ODD, startDriftlockStandIn, type DriftlockStandIn } from "./testing/driftlock-stand-in.ts";

interface Listed {
  id: string;
  stream: string;
  status: string;
  ncd: number | null;
  [name: string]: unknown;
}

let api: DriftlockStandIn;
let key: string;
/** As the answers about events gave them. */
let ids: string[];

async function open(): Promise<void> {
  api = await startDriftlockStandIn();
  key = await api.makeKey("admin");
  ids = [];
  for (const stream of ["shop", "mail"])
    await api.ask(key, "POST", "/v1/detect", { stream_id: stream, events: NORMAL });
  for (const [stream, item] of [
    ["shop", "odd <script>alert(1)</script> `x`"],
    ["mail", "odd"],
    ["shop", "odd three"],
  ] as const) {
    const events = [{ type: "order", body: { item } }];
    const { body } = await api.ask(key, "POST", "/v1/detect", { stream_id: stream, events });
    ids.push((body["anomalies"] as { id: string }[])[0]!.id);
    await api.watch.turn();
    api.time.now += 3_600_000;
  }
}

async function list(query = ""): Promise<{ anomalies: Listed[]; total?: number; next_page_token?: string }> {
  const { status, body } = await api.ask(key, "GET", `/v1/anomalies${query}`);
  expect({ query, status }).toEqual({ query, status: 200 });
  return body as never;
}

describe("GET /v1/anomalies", () => {
  beforeAll(open);
  afterAll(() => api.close());

  test("lists them, the newest first, with the figures and the words that clients look for", async () => {
    const { anomalies, total } = await list();
    expect([anomalies.map(({ stream }) => stream), total]).toEqual([["shop", "mail", "shop"], 3]);
    expect(anomalies[1]).toMatchObject({
      stream_id: makeStreamUuid(1, "mail"),
      status: "new",
      explanation: "never seen",
      p_value: 1e-5,
      confidence: 1 - 1e-5,
      ncd: expect.any(Number) as unknown,
      compression_ratio: expect.any(Number) as unknown,
      entropy_change: expect.any(Number) as unknown,
      detected_at: new Date(api.time.now - 2 * 3_600_000).toISOString(),
    });
  });

  test("knows every filter", async () => {
    const [first] = (await list()).anomalies;
    await api.ask(key, "POST", `/v1/anomalies/${first!.id}/feedback`, { feedback_type: "dismissed" });
    await api.ask(key, "POST", `/v1/anomalies/${ids[1]}/feedback`, { feedback_type: "confirmed" });
    const ago = (hours: number): number => api.time.now - hours * 3_600_000;
    const iso = (hours: number): string => new Date(ago(hours)).toISOString();
    const ncd = Math.max(...(await list()).anomalies.map((listed) => listed.ncd!));
    const counts = async (queries: string[]) =>
      Promise.all(queries.map(async (query) => [query, (await list(`?${query}`)).anomalies.length]));
    const expected: [string, number][] = [
      ["stream_id=shop", 2],
      [`stream_id=${makeStreamUuid(1, "mail")}`, 1],
      ["stream_id=unknown", 0],
      ["min_ncd=0", 3],
      [`min_ncd=${ncd}`, 1],
      ["min_ncd=1", 0],
      ["max_p_value=0.00001", 3],
      ["max_p_value=1e-6", 0],
      ["status=new", 1],
      ["status=open", 1],
      ["status=acknowledged", 1],
      ["status=viewed", 1],
      ["status=resolved", 1],
      ["status=archived", 1],
      [`since=${iso(2)}`, 2],
      [`from=${ago(2)}`, 2],
      [`until=${iso(2)}`, 2],
      [`to=${Math.floor(ago(2) / 1000)}`, 2],
      [`since=${iso(2.5)}&until=${iso(1.5)}`, 1],
      ["has_evidence=true", 3],
      ["has_evidence=false", 0],
      ["limit=1", 1],
      ["limit=100000", 3],
      ["offset=2", 1],
      ["offset=3", 0],
      ["limit=2&offset=1&stream_id=shop&status=new", 0],
    ];
    expect(await counts(expected.map(([query]) => query))).toEqual(expected);
  });

  test("goes through its pages by either way, and gives no empty list as null", async () => {
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const page = await list(`?limit=1${token === undefined ? "" : `&page_token=${token}`}`);
      seen.push(...page.anomalies.map(({ id }) => id));
      token = page.next_page_token;
    } while (token !== undefined);
    const byOffset = await Promise.all(
      [0, 1, 2].map(async (offset) => (await list(`?limit=1&offset=${offset}`)).anomalies[0]!.id),
    );
    expect([seen.length, byOffset]).toEqual([3, seen]);
    expect(await list("?stream_id=nothing")).toMatchObject({ anomalies: [], total: 0 });
  });

  test.each([
    "limit=0",
    "limit=x",
    "offset=-1",
    "min_ncd=2",
    "min_ncd=NaN",
    "max_p_value=abc",
    "status=exported",
    "status=constructor",
    "since=yesterday",
    "has_evidence=maybe",
  ])("refuses %s, and names it", async (query) => {
    const { status, body } = await api.ask(key, "GET", `/v1/anomalies?${query}`);
    expect([status, body["error"]]).toEqual([
      400,
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringContaining(query.split("=")[0]!) as unknown,
      }),
    ]);
  });
});

describe("GET /v1/anomalies/{id}", () => {
  beforeAll(open);
  afterAll(() => api.close());

  test("finds an anomaly by the id of a list, and by the one that the answer about its event gave", async () => {
    const listed = (await list("?stream_id=mail")).anomalies[0]!;
    for (const id of [listed.id, ids[1]!, ids[1]!.toUpperCase()]) {
      const { status, body } = await api.ask(key, "GET", `/v1/anomalies/${id}`);
      expect([status, body]).toEqual([
        200,
        expect.objectContaining({
          id: id.toLowerCase(),
          stream_id: makeStreamUuid(1, "mail"),
          status: "new",
          explanation: "never seen",
          metrics: expect.objectContaining({ p_value: 1e-5, confidence: 1 - 1e-5, ncd: listed.ncd }) as unknown,
          details: expect.objectContaining({ event: ODD_MAIL }) as unknown,
          window_snapshot: ODD_MAIL,
          baseline_snapshot: NORMAL[0],
          evidence: [expect.objectContaining({ format: "json", uri: `/v1/anomalies/${listed.id}` })],
        }),
      ]);
    }
  });

  test.each(["x", "7", "00000000-0000-8000-8000-000000000000", "%00", makeStreamUuid(1, "shop")])(
    "does not find %s",
    async (id) => {
      const { status, body } = await api.ask(key, "GET", `/v1/anomalies/${id}`);
      expect([status, body["error"]]).toEqual([404, expect.objectContaining({ code: "not_found" })]);
    },
  );

  test("waits for one that was flagged a moment ago and is not stored yet", async () => {
    const { body } = await api.ask(key, "POST", "/v1/detect", { stream_id: "mail", events: [ODD] });
    const [{ id }] = body["anomalies"] as [{ id: string }];
    const { queryWhole } = api.store.anomalies;
    let asked = 0;
    api.store.anomalies.queryWhole = async (question) => {
      if (asked++ === 1) await api.watch.turn();
      return queryWhole(question);
    };
    expect((await api.ask(key, "GET", `/v1/anomalies/${id}`)).status).toBe(200);
    expect(asked).toBe(2);
  });
});

const ODD_MAIL = { type: "order", body: { item: "odd" } };

describe("POST /v1/anomalies/{id}/feedback", () => {
  beforeAll(open);
  afterAll(() => api.close());

  test("changes later verdicts, and the status", async () => {
    const said = await api.ask(key, "POST", `/v1/anomalies/${ids[1]}/feedback`, {
      feedback_type: "false_positive",
      reason: "a new product",
    });
    expect(said.body).toMatchObject({ success: true, message: "Feedback recorded" });
    const { body } = await api.ask(key, "GET", `/v1/anomalies/${ids[1]}`);
    expect(body).toMatchObject({
      status: "resolved",
      feedback_type: "false_positive",
      history: [{ action: "false_positive", detail: { reason: "a new product" } }],
    });
    const again = await api.ask(key, "POST", "/v1/detect", { stream_id: "mail", events: [ODD_MAIL] });
    expect(again.body["anomaly_count"]).toBe(0);
  });

  test.each([[{}], [{ feedback_type: "maybe" }], [{ feedback_type: "constructor" }]])("refuses %j", async (body) => {
    expect(await api.ask(key, "POST", `/v1/anomalies/${ids[0]}/feedback`, body)).toMatchObject({
      status: 400,
      body: { error: { message: "feedback_type must be: false_positive, confirmed, or dismissed" } },
    });
  });

  test("refuses a reason that is none, and an anomaly that is not there", async () => {
    const send = (id: string, body: object) => api.ask(key, "POST", `/v1/anomalies/${id}/feedback`, body);
    expect((await send(ids[0]!, { feedback_type: "confirmed", reason: "x".repeat(501) })).status).toBe(400);
    expect((await send(makeStreamUuid(1, "x"), { feedback_type: "confirmed" })).status).toBe(404);
  });
});

describe("exports", () => {
  beforeAll(open);
  afterAll(() => api.close());

  const run = async (path: string, body: object) => {
    const { status, body: answer } = await api.ask(key, "POST", path, body);
    return { status, ...(answer as { content: string; checksum: string; [name: string]: unknown }) };
  };

  test("write one anomaly as JSON, with its size and checksum", async () => {
    const { content, checksum, ...rest } = await run(`/v1/anomalies/${ids[1]}/export`, {
      delivery: { type: "inline" },
    });
    expect(rest).toMatchObject({ status: "completed", format: "json", exported: 1, filename: "anomalies.json" });
    expect(checksum).toBe(`sha256:${hash("sha256", content)}`);
    expect(JSON.parse(content)).toMatchObject({ anomalies: [{ id: ids[1], details: { event: ODD_MAIL } }] });
  });

  test("ask the store as often for many as for one", async () => {
    const { anomalies } = api.store;
    const asked: string[] = [];
    for (const name of ["get", "history", "query", "queryWhole", "histories"] as const) {
      const ask = anomalies[name] as (...order: unknown[]) => Promise<never>;
      Object.assign(anomalies, { [name]: (...order: unknown[]) => (asked.push(name), ask.apply(anomalies, order)) });
    }
    expect(await run("/v1/anomalies/export", { format: "json" })).toMatchObject({ exported: 3 });
    expect(asked).toEqual(["queryWhole", "histories"]);
  });

  test("write all that fit the filters, and say when these are not all", async () => {
    const all = await run("/v1/anomalies/export", { format: "json" });
    expect((JSON.parse(all.content) as { anomalies: unknown[] }).anomalies).toHaveLength(3);
    const some = await run("/v1/anomalies/export", { filters: { stream_id: "shop", limit: 1 } });
    expect(some).toMatchObject({ exported: 1, total: 2, truncated: true });
    expect(await run("/v1/anomalies/export", { filters: { has_evidence: false } })).toMatchObject({
      exported: 0,
      total: 0,
    });
  });

  test("write Markdown and HTML in which an event's text is text", async () => {
    const markdown = await run("/v1/anomalies/export", { format: "markdown" });
    expect(markdown).toMatchObject({ content_type: "text/markdown; charset=utf-8", exported: 3 });
    expect(markdown.content).toContain("## never seen");
    const html = await run(`/v1/anomalies/${ids[0]}/export`, { format: "html" });
    expect(html.content).toContain("&lt;script&gt;");
    expect(html.content).not.toContain("<script");
    expect(html.content).toContain("default-src &#39;none&#39;".replaceAll("&#39;", "'"));
  });

  test.each([
    [{ format: "pdf" }, /^format pdf is not written here; export html and print it$/],
    [{ format: "csv" }, /^format must be one of json, markdown, html$/],
    [{ delivery: { type: "email" } }, /^delivery\.type must be inline/],
    [{ filters: [] }, /^filters must be an object$/],
    [{ filters: { status: "odd" } }, /^status must be one of/],
    [{ filters: { stream_id: {} } }, /^filters\.stream_id must be/],
  ])("refuse %j", async (body, message) => {
    const answer = await api.ask(key, "POST", "/v1/anomalies/export", body);
    expect([answer.status, (answer.body["error"] as { message: string }).message]).toEqual([
      400,
      expect.stringMatching(message),
    ]);
  });
});
