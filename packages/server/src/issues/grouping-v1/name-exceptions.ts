import type { ExceptionInfo, StackFrame } from "@gatewatch/protocol";
import { MAX_READ_FRAMES, isOverflow } from "./explain-exception.ts";
import { parameteriseMessage } from "./parameterise-message.ts";

const MAX_KEY_CHARACTERS = 8192;

/**
 * One text of everything in these exceptions that grouping reads: the same text, the same hashes.
 * Lengths stand before texts, so that no choice of names makes two of them look alike. Undefined when it would be long.
 */
export function nameExceptions(exceptions: readonly ExceptionInfo[]): string | undefined {
  let key = `${exceptions.length};`;
  for (const exception of exceptions) {
    key += `${exception.parent ?? "-"};${isOverflow(exception) ? "!" : ""}${measured(exception.relation)}`;
    key += measured(exception.type) + measured(exception.code) + measured(parameteriseMessage(exception.message));
    key += `${exception.frames.length};`;
    const frames = Math.min(exception.frames.length, MAX_READ_FRAMES);
    for (let index = 0; index < frames; index++) {
      key += nameFrame(exception.frames[index]!);
      if (key.length > MAX_KEY_CHARACTERS) return undefined;
    }
  }
  return key.length > MAX_KEY_CHARACTERS ? undefined : key;
}

function nameFrame({ file, function: name, inApp, context }: StackFrame): string {
  const place = `${inApp ? "+" : "-"}${measured(file)}${measured(name)}`;
  if (context === undefined || !inApp) return place;
  return `${place}${measured(context.line)}${measured(context.post[0])}${measured(context.post[1])}`;
}

function measured(text: string | null | undefined): string {
  return text == null ? "?" : `${text.length}:${text}`;
}
