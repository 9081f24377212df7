/** Kinds of characters that are told apart: letters and digits each as one, every other ASCII character by itself. */
export const CLASSES = 44;
export const [LOWER, UPPER, DIGIT, SPACE, LINE_BREAK, TAB, NUL, CONTROL, LATIN, OTHER, ENCODED] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
] as const;
const FIRST_SIGN = 11;

let table: Uint8Array | undefined;

/** The class of each code below 128. */
export function classTable(): Uint8Array {
  if (table !== undefined) return table;
  table = new Uint8Array(128);
  let sign = FIRST_SIGN;
  for (let code = 0; code < 128; code++)
    table[code] =
      code < 32 || code === 127
        ? CONTROL
        : code === 32
          ? SPACE
          : isLetter(code)
            ? LOWER
            : isDigit(code)
              ? DIGIT
              : sign++;
  for (let code = 65; code <= 90; code++) table[code] = UPPER;
  [table[0], table[9], table[10], table[13]] = [NUL, TAB, LINE_BREAK, LINE_BREAK];
  return table;
}

/** What people call a class. */
export function nameClass(index: number): string {
  const names = [
    "small letters",
    "capital letters",
    "digits",
    "spaces",
    "line breaks",
    "tabs",
    "NUL",
    "control characters",
    "accented letters",
    "other scripts",
    "encoded characters",
  ];
  if (index < FIRST_SIGN) return names[index] ?? "?";
  const code = classTable().indexOf(index);
  return JSON.stringify(String.fromCharCode(code));
}

/** The value of a hexadecimal digit, or −1. */
export function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function isLetter(code: number): boolean {
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
