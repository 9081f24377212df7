import { isUtf8 } from "node:buffer";
import { cutText } from "../clean-text.ts";
import type { EnvelopeBatches } from "./envelope-batches.ts";
import { type Fields, textOf } from "./loose-values.ts";
import type { EnvelopeItem } from "./parse-envelope.ts";

const MAX_KEPT = 5;
const MAX_NAMED = 20;
const MAX_TEXT = 32 * 1024;
const TEXT_TYPE = /^(?:text\/|application\/(?:[\w.+-]+\+)?(?:json|xml|yaml))/i;

/**
 * Attachments as a fact of their event: of texts the beginning, of anything else the name and the size alone, since nobody
 * can take the secrets out of it.
 */
export function readAttachments(items: readonly EnvelopeItem[], { batches }: { batches: EnvelopeBatches }): Fields {
  if (items.length === 0) return {};
  let kept = 0;
  const attachments = items.slice(0, MAX_NAMED).map(({ header, payload }) => {
    const type = textOf(header["content_type"], 128);
    const file = textOf(header["filename"], 256) ?? "attachment";
    const about = { file, bytes: payload.length, ...(type === undefined ? {} : { type }) };
    const isText = type === undefined ? /\.(?:txt|log|json|xml|csv|ya?ml)$/i.test(file) : TEXT_TYPE.test(type);
    if (!isText || kept === MAX_KEPT || !isUtf8(payload)) {
      batches.leaveOut(1);
      return about;
    }
    kept++;
    return { ...about, text: cutText(payload.subarray(0, MAX_TEXT * 4).toString(), MAX_TEXT) };
  });
  batches.leaveOut(Math.max(0, items.length - MAX_NAMED));
  return { attachments };
}
