import type { Layer } from "../gate/layer.ts";

export interface RequestIdOptions {
  /** Response header that carries the id. */
  header: string;
}

/** Names every exchange: the id stands in every answer, errors and early replies included. An id that the app set itself is kept. */
export function createRequestIdLayer({ header }: RequestIdOptions): Layer {
  return {
    name: "request-id",
    onHead(x, head) {
      if (!head.has(header)) head.set(header, x.requestId);
    },
  };
}
