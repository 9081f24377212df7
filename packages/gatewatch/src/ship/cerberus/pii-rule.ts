/** What is done about texts that fit a pattern. */
export interface PiiRule {
  pattern: RegExp;
  /** `hash` is HMAC-SHA256 under the secret key, and `redact` while there is none. */
  action: "redact" | "hash";
  /** Names of members, whose whole value is then replaced; texts inside of values; or both. */
  applyTo: "keys" | "values" | "both";
}
