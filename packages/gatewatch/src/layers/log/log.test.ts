import { PassThrough } from "node:stream";
import type { ErrorEvent } from "@gatewatch/protocol";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import fc from "fast-check";
import { pino } from "pino";
import { describe, expect, it, vi } from "vitest";
import { createExchangeStandIn, createOutcomeStandIn } from "../../record/exchange-stand-in.ts";
import type { Recorder } from "../../record/recorder.ts";
import { BufferedOutput } from "./buffered-output.ts";
import { RepeatFolder } from "./fold-repeats.ts";
import { formatStack } from "./format-stack.ts";
import { createJsonLines, formatJsonLine } from "./json-lines.ts";
import { LocalLog } from "./local-log.ts";
import type { LogLine } from "./log-line.ts";
import { createLoggerLines } from "./logger-lines.ts";
import { formatPrettyLine } from "./pretty-lines.ts";

// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const WHO = ',"pid":7,"hostname":"web-1"';

const fullLine: LogLine = {
  level: "warn",
  time: 1_800_000_000_000,
  msg: "request completed",
  reqId: "r1",
  req: { method: "GET", url: "/a?b=1", route: "/a", remoteAddress: "203.0.113.7" },
  res: { statusCode: 404, bytes: 12 },
  responseTime: 1.23456,
  aborted: true,
  err: { type: "TypeError", message: "m", stack: "TypeError: m\n    at x" },
  errorId: "e1",
  extra: { mechanism: "throw", absent: undefined, user: { id: 7 } },
};

describe("formatJsonLine()", () => {
  it("writes pino's field names and numeric levels", () => {
    expect(JSON.parse(formatJsonLine(fullLine, WHO))).toEqual({
      level: 40,
      time: 1_800_000_000_000,
      pid: 7,
      hostname: "web-1",
      reqId: "r1",
      req: { method: "GET", url: "/a?b=1", route: "/a", remoteAddress: "203.0.113.7" },
      res: { statusCode: 404, bytes: 12 },
      responseTime: 1.235,
      aborted: true,
      err: { type: "TypeError", message: "m", stack: "TypeError: m\n    at x" },
      errorId: "e1",
      mechanism: "throw",
      user: { id: 7 },
      msg: "request completed",
    });
    expect(Object.keys(JSON.parse(formatJsonLine(fullLine, WHO)))[0]).toBe("level");
  });

  it("stays one line of valid JSON without control characters, whatever strangers send", () => {
    const text = fc.string({ unit: "binary", maxLength: 40 });
    const hostile = fc.oneof(text, fc.constantFrom("\u001b[2J", "a\r\nb", "\u009b31m", "\u2028", '"},{"', "\\"));
    fc.assert(
      fc.property(hostile, hostile, hostile, (a, b, c) => {
        const line: LogLine = {
          level: "info",
          time: 1,
          msg: a,
          reqId: b,
          req: { method: c, url: a, route: b, remoteAddress: c },
          err: { type: a, message: b, stack: c },
          extra: { [a]: b, body: { [b]: [c] } },
        };
        fc.pre(a !== "msg" && a !== "err" && [a, c].every((text) => text.isWellFormed()));
        const written = formatJsonLine(line, WHO);
        expect(written).not.toMatch(CONTROLS);
        const read = JSON.parse(written) as { msg: string; err: { stack: string } };
        expect([read.msg, read.err.stack]).toEqual([a, c]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("formatPrettyLine()", () => {
  it("shows the request in words, and the stack below", () => {
    const written = formatPrettyLine(fullLine, false);
    expect(written).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} WARN {2}GET \/a\?b=1 404 1\.2 ms aborted r1 \nTypeError: m\n {4}at x$/,
    );
  });

  it("shows control characters instead of obeying them", () => {
    const line: LogLine = {
      level: "error",
      time: 1,
      msg: "x\u001b[2J\r\u009b",
      req: { method: "G\u0007", url: "/\u001b]0;t" },
    };
    expect(formatPrettyLine(line, false)).not.toMatch(CONTROLS);
    expect(formatPrettyLine(line, false)).toContain(String.raw`x\u001b[2J\u000d\u009b`);
  });
});

describe("createLoggerLines()", () => {
  it("hands fields first to pino, whose own serializers leave the error's type alone", () => {
    const stream = new PassThrough();
    createLoggerLines(pino(stream)).write(fullLine);
    const read = JSON.parse(String(stream.read())) as Record<string, unknown>;
    expect(read).toMatchObject({
      level: 40,
      msg: "request completed",
      reqId: "r1",
      res: { statusCode: 404 },
      errorId: "e1",
    });
    expect(read["err"]).toMatchObject({ type: "TypeError", message: "m", stack: "TypeError: m\n    at x" });
  });

  it("hands the message first to any other logger, and never breaks when it throws", () => {
    const calls: unknown[][] = [];
    const write =
      (level: string) =>
      (...args: unknown[]) =>
        void calls.push([level, ...args]);
    createLoggerLines({ info: write("info"), warn: write("warn"), error: write("error") }).write({
      level: "fatal",
      time: 1,
      msg: "m",
      reqId: "r",
    });
    expect(calls).toEqual([["error", "m", { reqId: "r" }]]);
    const fail = (): never => {
      throw new Error("full disk");
    };
    createLoggerLines({ info: fail, warn: fail, error: fail }).write(fullLine);
  });
});

describe("BufferedOutput", () => {
  it("writes the lines of ten milliseconds together, and what is left on flushSync()", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const writes: string[] = [];
      const stream = new PassThrough();
      stream.on("data", (chunk: Buffer) => writes.push(String(chunk)));
      const output = new BufferedOutput(stream);
      output.write("a\n");
      output.write("b\n");
      vi.advanceTimersByTime(10);
      output.write("c\n");
      output.flushSync();
      output.close();
      await new Promise((resolve) => setImmediate(resolve));
      expect(writes).toEqual(["a\nb\n", "c\n"]);
      expect(stream.listenerCount("error")).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("puts an exception's line out at once, after the lines before it", () => {
    const stream = new PassThrough();
    const lines = createJsonLines(stream, 7, "web-1");
    lines.write({ level: "info", time: 1, msg: "before" });
    expect(stream.readableLength).toBe(0);
    lines.write(fullLine);
    expect(String(stream.read()).trim().split("\n")).toHaveLength(2);
  });

  it("does not wait once much is held", () => {
    const stream = new PassThrough();
    const output = new BufferedOutput(stream);
    output.write("x".repeat(20_000));
    expect(stream.readableLength).toBe(20_000);
    output.close();
  });
});

describe("RepeatFolder", () => {
  it("lets ten alike through per second, and tells how many it left out", () => {
    const time = { ms: 0 };
    const folder = new RepeatFolder({ now: () => 0, monotonicMs: () => time.ms });
    const decisions = Array.from({ length: 10_000 }, () => folder.decide("same"));
    expect(decisions.filter(({ write }) => write)).toHaveLength(10);
    expect(folder.decide("other")).toEqual({ write: true, folded: 0 });
    time.ms = 1000;
    expect(folder.decide("same")).toEqual({ write: true, folded: 9990 });
    expect(folder.decide("same")).toEqual({ write: true, folded: 0 });
  });

  it("remembers a bounded number of kinds", () => {
    const folder = new RepeatFolder({ now: () => 0, monotonicMs: () => 0 });
    for (let round = 0; round < 10; round++) folder.decide("first");
    for (let kind = 0; kind < 256; kind++) folder.decide(`kind ${kind}`);
    expect(folder.decide("first")).toEqual({ write: true, folded: 0 });
  });
});

describe("LocalLog", () => {
  const showAll = { headers: true, query: true, user: true };
  function createLog(event?: ErrorEvent, capture = showAll) {
    const lines: LogLine[] = [];
    const log = new LocalLog({
      writer: { write: (line) => void lines.push(line), flushSync: () => undefined },
      redactor: createRedactor(),
      clock: { now: () => 5, monotonicMs: () => 5 },
      showAddress: (address) => address,
      debug: false,
      capture,
    });
    return { lines, log, recorder: { eventOf: () => event } as unknown as Recorder };
  }

  it.each([
    [200, false, "info", 200],
    [404, false, "warn", 404],
    [503, false, "error", 503],
    [200, true, "warn", 200],
    [0, true, "warn", 499],
  ])("writes status %s, aborted %s at level %s", (status, aborted, level, shown) => {
    const { lines, log } = createLog();
    log.writeRequest(createExchangeStandIn(), createOutcomeStandIn({ status, aborted }));
    expect(lines).toMatchObject([
      { level, res: { statusCode: shown }, msg: aborted ? "request aborted" : "request completed" },
    ]);
  });

  it("redacts the query, and cuts a long target", () => {
    const { lines, log } = createLog();
    const url = `/pay?token=s3cr3t-value&page=2&x=${"y".repeat(5000)}`;
    log.writeRequest(createExchangeStandIn({ url }), createOutcomeStandIn());
    expect(lines[0]?.req?.url).toContain("page=2");
    expect(lines[0]?.req?.url).not.toContain("s3cr3t");
    expect(lines[0]?.req?.url.length).toBeLessThan(2100);
  });

  it("writes an exception with type, message, stack, causes and context from its redacted event", () => {
    const event: ErrorEvent = {
      type: "error",
      id: "e1",
      time: 1,
      level: "error",
      handled: true,
      mechanism: "throw",
      exceptions: [
        {
          type: "TypeError",
          message: "outer",
          code: "E_X",
          frames: [{ file: "src/a.ts", function: "f", line: 3, column: 9, inApp: true }],
        },
        { type: "Error", message: "inner", frames: [], rawStack: "raw", parent: 0, relation: "cause" },
      ],
      user: { authenticated: true, id: 7, username: null },
    };
    const { lines, log, recorder } = createLog(event);
    log.writeError(createExchangeStandIn({ route: "/a" }), new Error("not this one"), "throw", recorder);
    expect(lines).toMatchObject([
      {
        level: "error",
        msg: "TypeError: outer",
        reqId: "req-1",
        req: { route: "/a" },
        err: { type: "TypeError", message: "outer", code: "E_X", stack: formatStack(event) },
        errorId: "e1",
        extra: { mechanism: "throw", user: { id: 7 } },
      },
    ]);
    expect(formatStack(event)).toBe("TypeError: outer\n    at f (src/a.ts:3:9)\nCaused by Error: inner\nraw");
  });

  it("asks for the event of a thing that is no object with its exchange", () => {
    const { lines, log } = createLog();
    const x = createExchangeStandIn();
    const asked: unknown[] = [];
    const recorder = { eventOf: (...args: unknown[]) => void asked.push(args) } as unknown as Recorder;
    log.writeError(x, "thrown text", "throw", recorder);
    expect(asked).toEqual([["thrown text", x]]);
    expect(lines).toHaveLength(1);
  });

  it("leaves out what must not be captured", () => {
    const event: ErrorEvent = {
      type: "error",
      id: "e1",
      time: 1,
      level: "error",
      handled: true,
      mechanism: "throw",
      exceptions: [{ type: "Error", message: "m", frames: [] }],
      user: { authenticated: true, id: 7, username: "ada" },
      request: { method: "GET", url: "/a?b=1", route: null, headers: {}, query: {}, userAgent: "browser" },
    };
    const { lines, log, recorder } = createLog(event, { headers: false, query: false, user: false });
    const x = createExchangeStandIn({ url: "/a?b=1", user: { authenticated: true, id: 7, username: "ada" } });
    log.writeError(x, new Error("m"), "throw", recorder);
    log.writeRequest(x, createOutcomeStandIn());
    expect(lines.map(({ req }) => req?.url)).toEqual(["/a", "/a"]);
    expect(JSON.stringify(lines)).not.toMatch(/ada|browser|b=1/);
  });

  it("writes what is not recorded redacted all the same, errors or not", () => {
    const { lines, log, recorder } = createLog();
    log.writeError(undefined, new Error("password=hunter2"), "manual", recorder);
    log.writeError(undefined, "token=abcdefgh12345678", "manual", recorder);
    log.writeError(
      undefined,
      {
        toString: () => {
          throw new Error("no");
        },
      },
      "manual",
      recorder,
    );
    expect(JSON.stringify(lines)).not.toMatch(/hunter2|abcdefgh/);
    expect(lines.map(({ err }) => err?.type)).toEqual(["Error", "string", "object"]);
  });

  it("folds a storm of alike errors into few lines", () => {
    const { lines, log, recorder } = createLog();
    for (let round = 0; round < 10_000; round++) log.writeError(undefined, new Error("storm"), "next", recorder);
    expect(lines).toHaveLength(10);
  });
});
