import { describe, expect, it } from "vitest";
import { resolveOptions } from "../resolve-options.ts";

const resolve = (given: object) => resolveOptions(given, { env: {}, dotenv: undefined });

describe("the options of request-id, access-log, timing, error-boundary, slack and email", () => {
  it.each([
    [{ requestId: { header: "a b" } }, "requestId.header"],
    [{ accessLog: { format: "xml" } }, "accessLog.format"],
    [{ accessLog: { sampleRate: 2 } }, "accessLog.sampleRate"],
    [{ accessLog: { responses: "maybe" } }, "accessLog.responses"],
    [{ accessLog: { headers: ["a b"] } }, "accessLog.headers"],
    [{ accessLog: { headers: null } }, "accessLog.headers"],
    [{ accessLog: { sensitiveHeaders: [7] } }, "accessLog.sensitiveHeaders"],
    [{ accessLog: { skip: ["health"] } }, "accessLog.skip"],
    [{ accessLog: { maxBodyBytes: -1 } }, "accessLog.maxBodyBytes"],
    [{ accessLog: { levels: { "404": "loud" } } }, "accessLog.levels"],
    [{ accessLog: { levels: { "4x4": "info" } } }, "accessLog.levels"],
    [{ accessLog: { levels: [] } }, "accessLog.levels"],
    [{ accessLog: { fields: "some" } }, "accessLog.fields"],
    [{ accessLog: { log_requests: "si" } }, "accessLog.requests"],
    [{ timing: { slowRoutes: { reports: 1 } } }, "timing.slowRoutes"],
    [{ timing: { slowRoutes: { "/a": "1" } } }, "timing.slowRoutes"],
    [{ timing: { slowRoutes: { "/a": -1 } } }, "timing.slowRoutes"],
    [{ timing: { slowRoutes: { "get a": 1 } } }, "timing.slowRoutes"],
    [{ timing: { slow_request_threshold: "fast" } }, "timing.slowMs"],
    [{ timing: { processMetricsMs: 1.5 } }, "timing.processMetricsMs"],
    [{ errorBoundary: { notify: [700] } }, "errorBoundary.notify"],
    [{ errorBoundary: { count: ["500-400"] } }, "errorBoundary.count"],
    [{ errorBoundary: { count: [null] } }, "errorBoundary.count"],
    [{ errorBoundary: { threshold: -1 } }, "errorBoundary.threshold"],
    [{ errorBoundary: { windowMs: 5 } }, "errorBoundary.windowMs"],
    [{ errorBoundary: { maxKeys: 0 } }, "errorBoundary.maxKeys"],
    [{ errorBoundary: { statusByType: { A: 200 } } }, "errorBoundary.statusByType"],
    [{ errorBoundary: { statusByType: "A=400" } }, "errorBoundary.statusByType"],
    [{ errorBoundary: { errorTypesToTrack: ["a b"] } }, "errorBoundary.errorTypesToTrack"],
    [{ errorBoundary: { onAlert: "mail" } }, "errorBoundary.onAlert"],
    [{ errorBoundary: { details: 1 } }, "errorBoundary.details"],
    [{ slack: { cooldownMs: -1 } }, "slack.cooldownMs"],
    [{ email: { to: ["nobody"] } }, "email.to"],
    [{ email: { to: ["a@b.test\r\nBcc: c@d.test"] } }, "email.to"],
    [{ email: { from: "a@b.test, c@d.test" } }, "email.from"],
    [{ email: { sendMail: "sendmail" } }, "email.sendMail"],
    [{ timeZone: "Mars/Base" }, "timeZone"],
  ])("refuse %j by the name %s, with what is allowed", (given, option) => {
    const refusal = { name: "ConfigError", code: "invalid_option", option };
    expect(() => resolve(given)).toThrow(
      expect.objectContaining({ ...refusal, message: expect.stringContaining("allowed is") }),
    );
  });

  it.each([
    [{ accessLog: { log_requests: false } }, "accessLog", { requests: false }],
    [{ accessLog: { log_responses: true } }, "accessLog", { responses: true }],
    [{ accessLog: { log_errors: false } }, "accessLog", { errors: false }],
    [{ accessLog: { sensitive_headers: ["X-Mine"] } }, "accessLog", { sensitiveHeaders: ["x-mine"] }],
    [{ timing: { slow_request_threshold: 1.5 } }, "timing", { slowMs: 1500 }],
    [{ timing: { slow_threshold: 2 } }, "timing", { slowMs: 2000 }],
    [{ timing: { memory_tracking: true } }, "timing", { memoryDeltaHeader: true }],
    [{ timing: { memory_threshold: 104_857_600 } }, "timing", { memoryGrowthBytes: 104_857_600 }],
    [{ timing: { track_performance: false } }, "timing", { enabled: false }],
    [{ errorBoundary: { error_tracking: false } }, "errorBoundary", { enabled: false }],
    [{ errorBoundary: { alert_threshold: 5 } }, "errorBoundary", { threshold: 5 }],
    [{ errorBoundary: { alert_window: 60 } }, "errorBoundary", { windowMs: 60_000 }],
    [{ errorBoundary: { error_types_to_track: ["A"] } }, "errorBoundary", { errorTypesToTrack: ["A"] }],
    [{ errorBoundary: { notify: "400, 5xx" } }, "errorBoundary", { notify: [400, "5xx"] }],
    [{ email: { to: "a@b.test, Ops <c@d.test>" } }, "email", { to: ["a@b.test", "Ops <c@d.test>"] }],
  ] as const)("understand %j", (given, group, expected) => {
    expect(resolve(given)[group]).toMatchObject(expected);
  });

  it.each([
    ["GATEWATCH_ACCESS_LOG_RESPONSES", "false", "accessLog", { responses: false }],
    ["GATEWATCH_ACCESS_LOG_RESPONSES", "", "accessLog", { responses: null }],
    ["GATEWATCH_ACCESS_LOG_LEVELS", '{"404":"info"}', "accessLog", { levels: { "404": "info" } }],
    ["GATEWATCH_ACCESS_LOG_HEADERS", "X-A, X-B", "accessLog", { headers: ["x-a", "x-b"] }],
    ["GATEWATCH_TIMING_SLOW_ROUTES", '{"/a":5}', "timing", { slowRoutes: { "/a": 5 } }],
    ["GATEWATCH_ERROR_BOUNDARY_NOTIFY", "500,503", "errorBoundary", { notify: [500, 503] }],
    ["GATEWATCH_ERROR_BOUNDARY_STATUS_BY_TYPE", '{"A":400}', "errorBoundary", { statusByType: { A: 400 } }],
    ["GATEWATCH_EMAIL_TO", "a@b.test", "email", { to: ["a@b.test"] }],
    ["WEBHOOK_URL", "https://hook.test/x", "slack", { webhookUrl: "https://hook.test/x" }],
  ] as const)("read %s=%s", (name, text, group, expected) => {
    const options = resolveOptions({}, { env: { [name]: text }, dotenv: undefined });
    expect(options.warnings).toEqual([]);
    expect(options[group]).toMatchObject(expected);
  });
});
