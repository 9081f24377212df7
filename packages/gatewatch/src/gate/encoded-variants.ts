import { createSlot } from "./slot.ts";

/** Encoded forms of a body that is kept, so that it is encoded once and not at each hit. */
export interface EncodedVariants {
  /** The form of exactly these bytes; undefined for any others, and before it was set. */
  get(encoding: string, body: Uint8Array): Uint8Array | undefined;
  /** Ignored for other bytes than those that are kept, and where there is no room. */
  set(encoding: string, body: Uint8Array, encoded: Uint8Array): void;
}

/** Set by a layer that answers from what it keeps; whoever encodes looks here first. */
export const ENCODED_VARIANTS = createSlot<EncodedVariants>("encoded-variants");
