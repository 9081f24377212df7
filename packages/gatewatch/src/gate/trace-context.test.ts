import { describe, expect, it } from "vitest";
import { createTraceContext, formatTraceparent, tryParseTraceparent } from "./trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

describe("tryParseTraceparent()", () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`cc-${TRACE}-${SPAN}-01`, true],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-brings`, true],
  ])("reads %s", (header, sampled) => {
    expect(tryParseTraceparent(header)).toEqual({ traceId: TRACE, parentSpanId: SPAN, sampled });
  });

  it.each([
    undefined,
    "",
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01.`,
    `cc-${TRACE}-${SPAN}-01.more`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `0-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01-${"x".repeat(300)}`,
  ])("refuses %s", (header) => {
    expect(tryParseTraceparent(header)).toBeUndefined();
  });
});

describe("createTraceContext()", () => {
  it("continues the inbound trace with a span of its own", () => {
    const trace = createTraceContext(`00-${TRACE}-${SPAN}-00`);
    expect(trace).toMatchObject({ traceId: TRACE, parentSpanId: SPAN, sampled: false });
    expect(trace.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(trace.spanId).not.toBe(SPAN);
    expect(formatTraceparent(trace)).toBe(`00-${TRACE}-${trace.spanId}-00`);
  });

  it("begins a new trace without one, different each time", () => {
    const traces = Array.from({ length: 1000 }, () => createTraceContext(undefined));
    expect(new Set(traces.map(({ traceId }) => traceId)).size).toBe(1000);
    expect(traces.every((trace) => tryParseTraceparent(formatTraceparent(trace)) !== undefined)).toBe(true);
    expect(traces[0]?.parentSpanId).toBeNull();
  });
});
