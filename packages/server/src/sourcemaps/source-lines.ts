/** A mark stands at every so manieth line: short ways from a mark, and little memory for a text of line ends alone. */
const LINES_PER_MARK = 256;

/** The lines of a text, found in time that does not grow with their number: the text is read through once, at the first question. */
export class SourceLines {
  private readonly text: string;
  private marks: number[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Up to `count` lines, cut to `maxLength`, from the one numbered `first` from 0; fewer, or none, where the text ends. */
  slice(first: number, count: number, maxLength: number): string[] {
    this.marks ??= findMarks(this.text);
    let at = this.marks[Math.floor(first / LINES_PER_MARK)];
    if (at === undefined) return [];
    const lines: string[] = [];
    for (let index = first - (first % LINES_PER_MARK); index < first + count && at <= this.text.length; index++) {
      const end = this.text.indexOf("\n", at);
      const stop = end === -1 ? this.text.length : end;
      if (index >= first) lines.push(this.text.slice(at, Math.min(stop, at + maxLength)));
      at = stop + 1;
    }
    return lines;
  }
}

/** Where the lines 0, 256, 512 and so on begin. */
function findMarks(text: string): number[] {
  const marks = [0];
  let line = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1))
    if (++line % LINES_PER_MARK === 0) marks.push(at + 1);
  return marks;
}
