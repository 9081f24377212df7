/** Where a router hangs: the path as it came, and with its parameters named. */
export interface Mount {
  base: string;
  template: string;
}

/** The mount of a router inside another one's, from the path that Express has taken off and the parameters found in it. */
export function joinMount(outer: Mount | undefined, base: string, params: Readonly<Record<string, unknown>>): Mount {
  const isInside = outer !== undefined && (base === outer.base || base.startsWith(`${outer.base}/`));
  const from = isInside ? outer : { base: "", template: "" };
  const rest = base.slice(from.base.length);
  const names = new Map<string, string>();
  for (const [name, value] of Object.entries(params)) if (typeof value === "string") names.set(value, name);
  if (names.size === 0 || rest === "") return { base, template: from.template + rest };
  const segments = rest.split("/").map((segment) => {
    const name = segment === "" ? undefined : names.get(tryDecode(segment));
    return name === undefined ? segment : `:${name}`;
  });
  return { base, template: from.template + segments.join("/") };
}

function tryDecode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
