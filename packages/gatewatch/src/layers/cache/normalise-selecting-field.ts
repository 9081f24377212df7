/** Encodings that matter for choosing a variant; others are never made. */
const ENCODINGS = new Set(["br", "zstd", "gzip", "deflate", "identity", "*"]);

/** The value of a request header as it selects a variant: differences without a meaning are taken out. */
export function normaliseSelectingField(name: string, value: string | undefined): string {
  if (value === undefined) return "";
  switch (name) {
    case "accept-language":
      return normalisePreferences(value, undefined);
    case "accept-encoding":
      return normalisePreferences(value, ENCODINGS);
    case "accept":
      return normalisePreferences(value, undefined);
    default:
      return isPlain(value) ? value : normaliseSpaces(value);
  }
}

/** The language that is preferred to all others, in lower case; undefined when there is none such. */
export function findPreferredLanguage(acceptLanguage: string): string | undefined {
  const [first, second] = readPreferences(acceptLanguage, undefined);
  if (first === undefined || first.name === "*" || first.quality === 0) return undefined;
  return second !== undefined && second.quality === first.quality ? undefined : first.name;
}

/** Items sorted by preference, then by name, in lower case; what is refused (`q=0`) stays, for it is a choice too. */
function normalisePreferences(value: string, known: ReadonlySet<string> | undefined): string {
  return readPreferences(value, known)
    .map(({ name, quality }) => (quality === 1 ? name : `${name};q=${quality}`))
    .join(",");
}

function readPreferences(value: string, known: ReadonlySet<string> | undefined): { name: string; quality: number }[] {
  const items: { name: string; quality: number }[] = [];
  for (const part of value.toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim());
    if (name === "" || (known !== undefined && !known.has(name))) continue;
    let quality = 1;
    let rest = "";
    for (const parameter of parameters) {
      if (parameter.startsWith("q=")) quality = toQuality(parameter.slice(2));
      else if (parameter !== "") rest += `;${parameter}`;
    }
    items.push({ name: name + rest, quality });
  }
  return items.toSorted((a, b) => b.quality - a.quality || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function toQuality(text: string): number {
  const quality = Number(text);
  return quality >= 0 && quality <= 1 ? quality : 0;
}

function isPlain(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === 32 || code === 9 || code === 34) return false;
  }
  return true;
}

/** Space around commas and runs of spaces carry no meaning, except inside quotes. */
function normaliseSpaces(value: string): string {
  if (value.includes('"')) return value.trim();
  return value
    .split(",")
    .map((item) => item.trim().replaceAll(/[ \t]+/g, " "))
    .join(",");
}
