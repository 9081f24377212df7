import type { BodyPlan } from "../../gate/body-plan.ts";
import type { Exchange, ResponseHead } from "../../gate/exchange.ts";
import type { Layer } from "../../gate/layer.ts";
import type { CustomMetricsOptions } from "../../options/groups/custom-metrics.ts";
import { cacheByText } from "../../gate/cache-by-text.ts";
import { isJson } from "../is-json.ts";
import { keepMetrics } from "./keep-metrics.ts";
import { MemberCutter } from "./member-cutter.ts";

export interface CustomMetricsCounts {
  /** Answers from which a member was taken. */
  answers: number;
  /** Values that were too many for one request, had too long a name, or were no finite number. */
  valuesDropped: number;
  /** Answers that may have held a member but were longer than `maxBodyBytes`. */
  tooLong: number;
}

/** Headers that speak of bytes which are no longer those that leave. */
const ABOUT_BYTES = ["etag", "content-digest", "repr-digest", "digest", "content-md5"];

/** Takes the app's own metrics out of JSON answers before a byte is sent: they travel with the request's events and never to the client. */
export function createCustomMetricsLayer({ keys, maxBodyBytes }: CustomMetricsOptions): Layer {
  const cutter = new MemberCutter(keys);
  const counts: CustomMetricsCounts = { answers: 0, valuesDropped: 0, tooLong: 0 };
  const isJsonType = cacheByText(isJson);
  const mayHoldText = (text: string): boolean => cutter.mayHoldText(text);

  function takeMembers(x: Exchange, head: ResponseHead, body: BodyPlan, whole: Uint8Array): void {
    if (whole.byteLength > maxBodyBytes) {
      counts.tooLong++;
      return;
    }
    if (isEncoded(head) || head.has("content-range")) return;
    const cut = cutter.tryCut(whole);
    if (cut === undefined) return;
    for (const [name, value] of cut.taken) counts.valuesDropped += keepMetrics(x, name, value);
    counts.answers++;
    body.replace(cut.rest);
    for (const name of ABOUT_BYTES) if (head.has(name)) head.remove(name);
  }

  return {
    name: "custom-metrics",
    onHead(x, head, body) {
      const type = head.get("content-type");
      if (type === undefined || !isJsonType(type)) return;
      body.whenBody((whole) => {
        if (whole !== undefined && cutter.mayHold(whole)) takeMembers(x, head, body, whole);
      }, mayHoldText);
    },
    stats: () => ({ ...counts }),
  };
}

function isEncoded(head: ResponseHead): boolean {
  const encoding = head.get("content-encoding");
  return encoding !== undefined && encoding !== "" && encoding.toLowerCase() !== "identity";
}
