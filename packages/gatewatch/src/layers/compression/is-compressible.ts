/** Types that are text, or as loose as text, beyond `text/*` and the suffixes. */
const COMPRESSIBLE = new Set([
  "application/dart",
  "application/ecmascript",
  "application/graphql",
  "application/javascript",
  "application/json",
  "application/jsonl",
  "application/manifest",
  "application/ndjson",
  "application/postscript",
  "application/rtf",
  "application/toml",
  "application/vnd.dart",
  "application/vnd.ms-fontobject",
  "application/vnd.ms-opentype",
  "application/wasm",
  "application/x-httpd-php",
  "application/x-javascript",
  "application/x-ndjson",
  "application/x-ns-proxy-autoconfig",
  "application/x-sh",
  "application/x-www-form-urlencoded",
  "application/x-yaml",
  "application/xml",
  "application/xml-dtd",
  "application/yaml",
  "font/otf",
  "font/ttf",
  "image/bmp",
  "image/vnd.adobe.photoshop",
  "image/vnd.microsoft.icon",
  "image/vnd.ms-dds",
  "image/x-icon",
  "image/x-ms-bmp",
  "message/rfc822",
  "model/gltf-binary",
  "x-shader/x-fragment",
  "x-shader/x-vertex",
]);
const SUFFIXES = ["+json", "+xml", "+text", "+yaml"];

/** Whether bodies of this type (its essence) get smaller by compression; unknown types do not. */
export function isCompressible(essence: string): boolean {
  return (
    essence.startsWith("text/") || COMPRESSIBLE.has(essence) || SUFFIXES.some((suffix) => essence.endsWith(suffix))
  );
}
