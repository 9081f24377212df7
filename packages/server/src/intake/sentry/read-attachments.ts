import { isUtf8 } from "node:buffer";
import { cutText } from "../clean-text.ts";
import type { EnvelopeBatches } from "./envelope-batches.ts";
import { type Fields, textOf } from "./loose-values.ts";
import type { EnvelopeItem } from "./parse-envelope.ts";

const MAX_NAMED = 20;
/** Characters of one file, and of all files of an event. */
const MAX_TEXT = 96 * 1024;
const MAX_ALL_TEXT = 192 * 1024;
const TEXT_TYPE = /^(?:text\/|application\/(?:[\w.+-]+\+)?(?:json|xml|yaml))/i;
/** What clients say of a file that they know nothing of. */
const UNKNOWN_TYPE = "application/octet-stream";
const TEXT_NAME = /\.(?:txt|log|json|xml|csv|ya?ml)$/i;

/**
 * Attachments as a fact of their event, kept as long as that: of texts the beginning, of anything else the name and the size
 * alone, since nobody can take the secrets out of it. What is not kept is counted.
 */
export function readAttachments(items: readonly EnvelopeItem[], { batches }: { batches: EnvelopeBatches }): Fields {
  if (items.length === 0) return {};
  let room = MAX_ALL_TEXT;
  const attachments = items.slice(0, MAX_NAMED).map(({ header, payload }) => {
    const type = textOf(header["content_type"], 128);
    const file = textOf(header["filename"], 256) ?? "attachment";
    const about = { file, bytes: payload.length, ...(type === undefined ? {} : { type }) };
    const isText = type === undefined || type === UNKNOWN_TYPE ? TEXT_NAME.test(file) : TEXT_TYPE.test(type);
    if (!isText || !isUtf8(payload)) {
      batches.addDrops("attachment:not_text", 1);
      return about;
    }
    const most = Math.min(MAX_TEXT, room);
    if (most === 0) {
      batches.addDrops("attachment:too_large", 1);
      return about;
    }
    const whole = payload.subarray(0, most * 4).toString();
    const text = cutText(whole, most);
    room -= text.length;
    return { ...about, text, ...(Buffer.byteLength(text) < payload.length ? { cut: true } : {}) };
  });
  if (items.length > MAX_NAMED) batches.addDrops("attachment:too_many", items.length - MAX_NAMED);
  return { attachments };
}

/** The same facts of an event without what its attachments say. */
export function forgetAttachedTexts<Facts extends { attachments?: unknown }>(facts: Facts): Facts {
  if (!Array.isArray(facts.attachments)) return facts;
  const attachments = facts.attachments.map(({ text: _text, ...about }: { text?: unknown }) => about);
  return { ...facts, attachments };
}
