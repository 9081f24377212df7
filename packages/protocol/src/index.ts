export * from "./analysis.ts";
export * from "./anomaly.ts";
export * from "./api.ts";
export * from "./drop-reason.ts";
export * from "./envelope.ts";
export * from "./event.ts";
export * from "./limits.ts";
export * from "./unmapped-reason.ts";
