import { describe, expect, it } from "vitest";
import { DEFAULTS } from "./defaults.ts";
import { PRESET_NAMES, type PresetName } from "./presets.ts";
import { resolveOptions } from "./resolve-options.ts";

const use = (preset: PresetName, given: object = {}) =>
  resolveOptions({ preset, ...given }, { env: {}, dotenv: undefined });

describe("the presets", () => {
  it.each(PRESET_NAMES)("%s: every value passes the checks of its option", (preset) => {
    expect(use(preset).preset).toBe(preset);
  });

  it.each(["api", "web", "strict"] as const)("%s turns on nothing that is off until it is configured", (preset) => {
    const { rateLimit, cache, cors } = use(preset);
    expect([rateLimit.enabled, cache.enabled, cors.enabled]).toEqual([
      DEFAULTS.rateLimit.enabled,
      DEFAULTS.cache.enabled,
      DEFAULTS.cors.enabled,
    ]);
  });

  it("leaves every page as it is in web: policies are only reported", () => {
    expect(use("web").securityHeaders.contentSecurityPolicy).toBe(false);
    expect(use("web").securityHeaders.contentSecurityPolicyReportOnly).not.toBe(false);
  });

  it("tells strangers nothing of errors in strict, even in development", () => {
    expect(use("strict", { environment: "development" }).errorBoundary.details).toBe(false);
  });

  it.each([
    ["/api/v1/videos/generate", 10],
    ["/api/v1/videos/batch", 5],
    ["/api/v1/models", 100],
  ])("ai-video limits %s to %i an hour", (path, limit) => {
    expect(use("ai-video").rateLimit.routes?.[path]).toMatchObject({ limit, windowMs: 3_600_000 });
  });

  it.each([
    ["/health", 60],
    ["/metrics", 300],
    ["/api/v1/videos", 1800],
    ["/api/v1/models", 3600],
  ])("ai-video keeps %s for %i s", (path, seconds) => {
    expect(use("ai-video").cache.routes?.[path]).toMatchObject({ ttlMs: seconds * 1000 });
  });

  it.each([
    ["ValidationError", 400],
    ["ModelLoadError", 503],
    ["VideoGenerationError", 500],
    ["TimeoutError", 408],
  ])("ai-video answers %s with %i, and tracks it", (type, status) => {
    const { statusByType, errorTypesToTrack } = use("ai-video").errorBoundary;
    expect([statusByType?.[type], errorTypesToTrack.includes(type)]).toEqual([status, true]);
  });

  it("ai-video: one shared bucket of 1000 an hour for the rest, by token, else by address", () => {
    expect(use("ai-video").rateLimit).toMatchObject({ enabled: true, limit: 1000, windowMs: 3_600_000, key: "token" });
  });

  it("ai-video names its service, tells devices apart, and shows times to live", () => {
    const { service, cache, errorBoundary, timing } = use("ai-video");
    expect(service).toBe("ai_video_api");
    expect(cache).toMatchObject({ enabled: true, byDevice: true, ttlHeader: true });
    expect(errorBoundary).toMatchObject({ threshold: 5, windowMs: 300_000, respond: false });
    expect(timing).toMatchObject({ slowMs: 2000, memoryGrowthBytes: 104_857_600 });
  });

  it("gives way to what is set by name", () => {
    expect(use("ai-video", { service: "mine", timing: { slow_threshold: 0.5 } })).toMatchObject({
      service: "mine",
      timing: { slowMs: 500, processingTimeHeader: true },
    });
  });
});
