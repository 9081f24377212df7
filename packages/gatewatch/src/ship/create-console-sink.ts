import { createFunctionSink } from "./create-function-sink.ts";
import type { Sink } from "./sink.ts";

/** One line of JSON per event, by default on standard output; for trying things out. */
export function createConsoleSink(
  writeLine: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): Sink {
  return createFunctionSink((event) => writeLine(JSON.stringify(event)), "console");
}
