const LINE = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/;

/** The assignments of a `.env` file. Values may be quoted; in double quotes `\n` is a line break; ` #` begins a comment in bare values. Nothing is expanded. */
export function parseDotenv(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const match = LINE.exec(line);
    if (match === null) continue;
    values[match[1]!] = readValue(match[2]!);
  }
  return values;
}

function readValue(raw: string): string {
  const quoted = /^(["'`])(.*?)\1\s*(?:#.*)?$/.exec(raw);
  if (quoted === null) return raw.replace(/(?:^|\s)#.*$/, "").trim();
  const text = quoted[2]!;
  return quoted[1] === '"' ? text.replaceAll(/\\([nrt"\\])/g, (_, char: string) => ESCAPES[char] ?? char) : text;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
