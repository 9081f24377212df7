import { createSlot } from "./slot.ts";

/** Encoded forms of a body that is kept, so that it is encoded once and not at each hit. */
export interface EncodedVariants {
  get(encoding: string): Uint8Array | undefined;
  set(encoding: string, bytes: Uint8Array): void;
}

/** Set by a layer that answers from what it keeps; whoever encodes looks here first. */
export const ENCODED_VARIANTS = createSlot<EncodedVariants>("encoded-variants");
