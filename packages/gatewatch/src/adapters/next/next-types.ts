/** What Next tells `onRequestError` of the request. */
export interface NextErrorRequest {
  path?: string;
  method?: string;
  headers?: Readonly<Record<string, string | string[] | undefined>>;
}

/** What Next tells `onRequestError` of the place of the error. */
export interface NextErrorContext {
  routerKind?: string;
  routePath?: string;
  routeType?: string;
  renderSource?: string;
}
