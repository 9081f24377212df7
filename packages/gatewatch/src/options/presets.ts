import type { ConfigOptions } from "./options.ts";

export const PRESET_NAMES = ["api", "web", "strict", "ai-video"] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** Option values that belong together; everything set by code, file or environment wins over them. */
export const PRESETS: Readonly<Record<PresetName, ConfigOptions>> = Object.freeze({
  api: { timing: { processingTimeHeader: true } },
  web: {},
  strict: {},
  "ai-video": {
    timing: { slowMs: 2000, processingTimeHeader: true },
  },
});
