import type { SecurityHeadersOptions } from "./security-headers.ts";

/** The long list that OWASP recommends: everything that a page could ask a device for. */
const NO_FEATURES =
  "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), clipboard-write=(), cross-origin-isolated=(), display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), interest-cohort=(), keyboard-map=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), sync-xhr=(self), unload=(), usb=(), web-share=(), xr-spatial-tracking=()";

/** Values of the OWASP Secure Headers Project. */
const OWASP_VALUES = {
  strictTransportSecurity: "max-age=63072000; includeSubDomains",
  xFrameOptions: "DENY",
  referrerPolicy: "no-referrer",
  permissionsPolicy: NO_FEATURES,
  crossOriginOpenerPolicy: "same-origin",
  crossOriginResourcePolicy: "same-origin",
  crossOriginEmbedderPolicy: "require-corp",
  xPermittedCrossDomainPolicies: "none",
  xDnsPrefetchControl: "off",
  cacheControl: "no-store, max-age=0",
  contentSecurityPolicyOn: "all",
} as const;

/** What the presets set in this group. */
export const SECURITY_HEADERS_PRESETS: Readonly<Record<"api" | "web" | "strict", Partial<SecurityHeadersOptions>>> =
  Object.freeze({
    api: { ...OWASP_VALUES, contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'" },
    web: {
      contentSecurityPolicyReportOnly:
        "default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'self'",
      reportPath: "/__gatewatch/csp",
      originAgentCluster: true,
    },
    strict: {
      ...OWASP_VALUES,
      contentSecurityPolicy:
        "default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'none'; upgrade-insecure-requests",
      originAgentCluster: true,
    },
  });
