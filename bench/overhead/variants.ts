import { EXPRESS_VARIANTS } from "./express-variants.ts";
import { OTHER_VARIANTS } from "./other-variants.ts";
import type { Variant } from "./variant.ts";

/** The apps that are compared; each is one process. */
export const VARIANTS: readonly Variant[] = [...EXPRESS_VARIANTS, ...OTHER_VARIANTS];
