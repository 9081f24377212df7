import type { Layer } from "../gate/layer.ts";
import type { RequestIdOptions } from "../options/groups/request-id.ts";
import { setKnown } from "./set-known.ts";

/** Names every exchange: the id stands in every answer, errors and early replies included. An id that the app set itself is kept. */
export function createRequestIdLayer({ header }: Pick<RequestIdOptions, "header">): Layer {
  const lower = header.toLowerCase();
  return {
    name: "request-id",
    onHead(x, head) {
      // Made by us, or well-formed.
      if (!head.has(header)) setKnown(head, lower, header, x.requestId);
    },
  };
}
