/** Characters that turn the direction of text around, plain or as an escape in JSON; with them, text can show as what it is not. */
const TURNS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]|(?<!\\)((?:\\\\)*)\\u(061c|200[ef]|202[a-e]|206[6-9])/gi;

/** Reads JSON from the server; what an attacker hid in it is made visible. Throws as `JSON.parse` does. */
export function parseAnswer(text: string): unknown {
  return JSON.parse(
    text.replace(TURNS, (found, slashes: string | undefined, code: string | undefined) => {
      const name = code ?? found.codePointAt(0)?.toString(16).padStart(4, "0") ?? "";
      return `${slashes ?? ""}‹U+${name.toUpperCase()}›`;
    }),
  );
}
