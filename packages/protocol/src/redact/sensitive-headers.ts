/** Headers whose value is a secret, beyond those that the key rules name. */
const SECRET_HEADERS = [
  "authorization",
  "proxy-authorization",
  "www-authenticate",
  "proxy-authenticate",
  "authentication-info",
  "cookie",
  "set-cookie",
  "set-cookie2",
  "x-api-key",
  "api-key",
  "apikey",
  "x-auth-token",
  "x-access-token",
  "x-session-token",
  "x-session-id",
  "x-csrf-token",
  "x-xsrf-token",
  "csrf-token",
  "x-amz-security-token",
  "x-amz-signature",
  "x-goog-api-key",
  "x-goog-iam-authorization-token",
  "x-vault-token",
  "x-gitlab-token",
  "x-github-token",
  "x-hub-signature",
  "x-hub-signature-256",
  "x-slack-signature",
  "stripe-signature",
  "x-shopify-hmac-sha256",
  "x-twilio-signature",
  "x-forwarded-authorization",
  "x-original-authorization",
  "x-client-secret",
  "x-ms-client-principal",
  "x-ms-token-aad-access-token",
  "x-ms-token-aad-id-token",
  "x-amzn-oidc-data",
  "x-amzn-oidc-accesstoken",
  "x-forwarded-access-token",
  "x-forwarded-client-cert",
  "x-ssl-client-cert",
  "ssl-client-cert",
  "dpop",
  "sec-websocket-key",
  "x-otp",
  "cf-access-jwt-assertion",
  "cf-access-client-secret",
];

/** Headers by which proxies tell a client's address. */
const ADDRESS_HEADERS = [
  "x-forwarded-for",
  "forwarded",
  "x-real-ip",
  "true-client-ip",
  "cf-connecting-ip",
  "cf-connecting-ipv6",
  "fastly-client-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-original-forwarded-for",
  "x-appengine-user-ip",
  "fly-client-ip",
  "x-azure-clientip",
  "x-azure-socketip",
];

/** Headers that hold an address with a query. */
export const URL_HEADERS: ReadonlySet<string> = new Set([
  "referer",
  "location",
  "content-location",
  "x-original-url",
  "x-rewrite-url",
  "x-forwarded-uri",
]);

/** The names, in lower case, whose value is replaced as a whole. */
export function resolveSensitiveHeaders(extra: readonly string[], keepAddressHeaders: boolean): ReadonlySet<string> {
  return new Set([
    ...SECRET_HEADERS,
    ...(keepAddressHeaders ? [] : ADDRESS_HEADERS),
    ...extra.map((name) => name.toLowerCase()),
  ]);
}
