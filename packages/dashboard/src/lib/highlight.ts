type TokenKind = "plain" | "keyword" | "string" | "number" | "comment" | "call";

export interface CodeToken {
  kind: TokenKind;
  text: string;
}

const SCRIPT_WORDS =
  "async await break case catch class const continue default delete do else export extends false finally for from function if import in instanceof interface let new null of return static super switch this throw true try type typeof undefined var void while yield";
const PYTHON_WORDS =
  "and as assert async await break class continue def del elif else except False finally for from global if import in is lambda None nonlocal not or pass raise return self True try while with yield";

const SCRIPT =
  /(\/\/.*|\/\*.*?(?:\*\/|$))|("(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|`(?:\\.|[^`\\])*`?)|(\b\d[\w.]*)|([A-Za-z_$][\w$]*)|([\s\S])/g;
const PYTHON =
  /(#.*)|([rbfu]{0,2}"(?:\\.|[^"\\])*"?|[rbfu]{0,2}'(?:\\.|[^'\\])*'?)|(\b\d[\w.]*)|([A-Za-z_]\w*)|([\s\S])/gi;

const MAX_LENGTH = 2000;
const scriptWords = new Set(SCRIPT_WORDS.split(" "));
const pythonWords = new Set(PYTHON_WORDS.split(" "));

/** Colours one line of source by its words; whatever it is given comes back whole, as text. Very long lines stay plain. */
export function highlightLine(line: string, file: string): CodeToken[] {
  if (line.length > MAX_LENGTH) return [{ kind: "plain", text: line }];
  const python = file.endsWith(".py");
  const words = python ? pythonWords : scriptWords;
  const tokens: CodeToken[] = [];
  for (const match of line.matchAll(python ? PYTHON : SCRIPT)) {
    const [text, comment, string, number, word] = match;
    const kind: TokenKind = comment
      ? "comment"
      : string
        ? "string"
        : number
          ? "number"
          : word && words.has(word)
            ? "keyword"
            : word && line[match.index + text.length] === "("
              ? "call"
              : "plain";
    const last = tokens.at(-1);
    if (last && last.kind === kind) last.text += text;
    else tokens.push({ kind, text });
  }
  return tokens;
}
