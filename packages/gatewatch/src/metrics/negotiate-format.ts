export interface TextFormat {
  isOpenMetrics: boolean;
  contentType: string;
}

const TEXT: TextFormat = { isOpenMetrics: false, contentType: "text/plain; version=0.0.4; charset=utf-8" };
const OPEN_METRICS: TextFormat = {
  isOpenMetrics: true,
  contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** OpenMetrics only for who asks for it by name, in a version that is ours, and no less than for text. */
export function negotiateFormat(accept: string | undefined): TextFormat {
  if (accept === undefined || !accept.includes("openmetrics")) return TEXT;
  let open = 0;
  let text = 0;
  for (const item of accept.slice(0, 2_048).split(",")) {
    const [type = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    const quality = readQuality(parameters);
    if (type === "application/openmetrics-text") {
      const version = parameters
        .find((part) => part.startsWith("version="))
        ?.slice(8)
        .replaceAll('"', "");
      if (version === undefined || version === "1.0.0" || version === "0.0.1") open = Math.max(open, quality);
    } else if (type === "text/plain") text = Math.max(text, quality);
  }
  return open > 0 && open >= text ? OPEN_METRICS : TEXT;
}

/** RFC 9110, section 12.4.2; a weight that is none counts as 0. */
function readQuality(parameters: readonly string[]): number {
  const weight = parameters.find((part) => part.startsWith("q="));
  if (weight === undefined) return 1;
  const value = weight.slice(2);
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(value) ? Number(value) : 0;
}
