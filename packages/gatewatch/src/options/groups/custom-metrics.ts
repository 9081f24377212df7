import { BOOLEAN, type GroupSpec, integer } from "../option-kinds.ts";
import { splitList } from "../values/split-list.ts";

export interface CustomMetricsOptions {
  /** @default true */
  enabled: boolean;
  /** Members of JSON answers that are the app's own metrics: taken out before a byte is sent. @default ["_cerberus_metrics"] */
  keys: readonly string[];
  /** Longer answers stay as they are. @default 16777216 */
  maxBodyBytes: number;
}

/** Without what JSON may write in two ways. */
const KEY = /^[\w.:-]{1,64}$/;

export const CUSTOM_METRICS_SPEC: GroupSpec<CustomMetricsOptions> = {
  enabled: { default: true, kind: BOOLEAN, doc: "The custom-metrics layer." },
  keys: {
    default: ["_cerberus_metrics"],
    kind: {
      type: "code",
      allowed: "a list of names of letters, digits and _ . : - (at most 64 characters each)",
      parse: parseKeys,
      fromText: splitList,
    },
    doc: "Members of JSON objects that are the app's own metrics: taken out of an answer before a byte is sent.",
  },
  maxBodyBytes: {
    default: 16_777_216,
    kind: integer(2, 268_435_456),
    doc: "Longer answers stay as they are.",
  },
};

function parseKeys(value: unknown): readonly string[] {
  const items: unknown[] = typeof value === "string" ? splitList(value) : [value].flat();
  const keys = items.map((item) => {
    const key = typeof item === "string" ? item.trim() : "";
    if (KEY.test(key)) return key;
    throw new TypeError(`${JSON.stringify(item) ?? typeof item} is no such name`);
  });
  if (keys.length === 0 || keys.length > 16) throw new TypeError("it takes 1 to 16 names");
  return Object.freeze([...new Set(keys)]);
}
