import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeStreamUuid } from "../../model/stream-uuid.ts";
import { NORMAL, startDriftlockStandIn, type DriftlockStandIn } from "./testing/driftlock-stand-in.ts";

let api: DriftlockStandIn;
let key: string;
beforeAll(async () => {
  api = await startDriftlockStandIn();
  key = await api.makeKey("ingest");
});
afterAll(() => api.close());

describe("POST /v1/detect refuses", () => {
  const events = [NORMAL[0]];
  test.each<[string, unknown, RegExp]>([
    ["no events", { events: [] }, /^events required$/],
    ["events that are no list", { events: { 0: 1 } }, /^events required$/],
    ["too many events", { events: Array.from({ length: 1001 }, () => 1) }, /^too many events: max 1000 per request$/],
    ["an empty event", { events: [1, null] }, /^event 1 is empty$/],
    ["an event that is too large", { events: [1, "x".repeat(1024 * 1024)] }, /^event 1 is larger than 1 MiB$/],
    ["what is no JSON", "{", /^invalid json$/],
    ["a list in the place of an object", [], /^invalid json/],
    ["a stream without a name", { events, stream_id: { a: 1 } }, /^stream_id must be/],
    ["a stream with a control character", { events, stream_id: "a\u0000b" }, /^stream_id must be/],
    ["a stream with half a character", { events, stream_id: "\ud800" }, /^stream_id must be/],
    ["an unknown profile", { events, profile: "bold" }, /^profile must be one of sensitive, balanced, strict$/],
    ["a small baseline", { events, config_override: { baseline_size: 9 } }, /^baseline_size must be a whole number/],
    ["a large window", { events, config_override: { window_size: 500 } }, /^window_size must not be larger/],
    ["a window that does not fit", { events, config_override: { window_size: 300 } }, /must not exceed 1000$/],
    ["a hop beyond the window", { events, config_override: { hop_size: 51 } }, /^hop_size must not be larger/],
    ["a level of 0", { events, config_override: { p_value_threshold: 0 } }, /^p_value_threshold must be above 0/],
    [
      "a level in words",
      { events, config_override: { p_value_threshold: "0.1" } },
      /^p_value_threshold must be a number/,
    ],
    ["no permutations", { events, config_override: { permutation_count: 0 } }, /^permutation_count must be/],
  ])("%s", async (_name, body, message) => {
    const answer = await api.ask(key, "POST", "/v1/detect", body);
    expect([answer.status, answer.body["error"]]).toEqual([
      400,
      {
        code: "invalid_argument",
        message: expect.stringMatching(message) as unknown,
        request_id: expect.any(String) as unknown,
      },
    ]);
    expect((await api.store.anomalies.listStreams(1, "event")).map(({ stream }) => stream)).toEqual([]);
  });

  test("bodies over 10 MB, bodies that are packed, and brackets without an end", async () => {
    expect((await api.ask(key, "POST", "/v1/detect", `"${"x".repeat(10 * 1024 * 1024)}"`)).status).toBe(413);
    expect((await api.ask(key, "POST", "/v1/detect", "x", { "content-encoding": "gzip" })).status).toBe(415);
    expect((await api.ask(key, "POST", "/v1/detect", `{"events":${"[".repeat(2_000_000)}`)).status).toBe(400);
    const deep = `{"events":[${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}]}`;
    expect((await api.ask(key, "POST", "/v1/detect", deep)).status).toBe(200);
    expect(api.logged).toEqual([]);
  });

  const detect = (stream: string) => api.ask(key, "POST", "/v1/detect", { stream_id: stream, events: [1] });

  test("a stream's id that is not there, and more streams than a project may have", async () => {
    const unknown = await detect(makeStreamUuid(1, "nowhere"));
    expect([unknown.status, unknown.body["error"]]).toEqual([404, expect.objectContaining({ code: "not_found" })]);
    const { length: streams } = await api.store.anomalies.listStreams(1, "event");
    for (let index = streams; index < 100; index++) expect((await detect(`s${index}`)).status).toBe(200);
    const beyond = await detect("one more");
    expect([beyond.status, beyond.body["error"]]).toEqual([400, expect.objectContaining({ code: "invalid_argument" })]);
    expect(await api.store.anomalies.listStreams(1, "event")).toHaveLength(100);
  });
});
