import { BOOLEAN, type GroupSpec, HEADER } from "../option-kinds.ts";

export interface RequestIdOptions {
  /** @default true */
  enabled: boolean;
  /** Response header that carries the id. @default "X-Request-ID" */
  header: string;
}

export const REQUEST_ID_SPEC: GroupSpec<RequestIdOptions> = {
  enabled: { default: true, kind: BOOLEAN, doc: "The request-id layer." },
  header: { default: "X-Request-ID", kind: HEADER, doc: "Response header that carries the request's id." },
};
