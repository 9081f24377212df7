/** Whether a `Content-Type` is JSON: `application/json`, or any type with the suffix `+json` (RFC 6839), whatever its parameters. */
export function isJson(type: string): boolean {
  const end = type.indexOf(";");
  const essence = (end === -1 ? type : type.slice(0, end)).trim().toLowerCase();
  return essence === "application/json" || (essence.endsWith("+json") && essence.indexOf("/") > 0);
}
