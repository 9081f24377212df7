import { byMessage, type KnownFailure } from "../known-failure.ts";
import { readFailedAccess } from "../read-expression.ts";

const BUG = { category: "system_error", severity: "medium", fixKind: "code" } as const;

/** What the JavaScript engine itself reports. */
export const RUNTIME_FAILURES: KnownFailure[] = [
  {
    ...BUG,
    name: "null-access",
    confidence: 0.9,
    match({ message, source, column, place }) {
      const access = readFailedAccess(message, source ?? undefined, column);
      if (access === undefined) return undefined;
      const { value, property, expression } = access;
      if (expression === null)
        return {
          cause: `Something is ${value} at ${place} where the code wants its \`${property}\`.`,
          fix: `At ${place}, find which value can be ${value}; set it earlier, or handle its absence before \`.${property}\` is used.`,
        };
      return {
        cause: `\`${expression}\` is ${value} at ${place}, and the code reads its \`${property}\`.`,
        fix: `Find why \`${expression}\` can be ${value} there and set it, or handle the case at ${place}, for example with \`${expression}?.${property}\` and a fallback.`,
      };
    },
  },
  {
    ...BUG,
    name: "not-a-function",
    confidence: 0.85,
    match: byMessage(/^(.{1,200}?) is not a function/, ([, name], { place }) => ({
      cause: `\`${name}\` is called at ${place} but holds no function.`,
      fix: `Check what \`${name}\` is at ${place}: a misspelt name, a missing import or default export, a promise that was not awaited, or another version of a dependency.`,
    })),
  },
  {
    ...BUG,
    name: "not-iterable",
    confidence: 0.85,
    match: byMessage(/^(.{1,200}?) is not iterable/, ([, name], { place }) => ({
      cause: `\`${name}\` is walked through at ${place} but is no list.`,
      fix: `Make sure that \`${name}\` is an array (or other iterable) at ${place}, for example with \`?? []\`, and find why it is not.`,
    })),
  },
  {
    ...BUG,
    name: "not-a-constructor",
    confidence: 0.8,
    match: byMessage(/^(.{1,200}?) is not a constructor/, ([, name], { place }) => ({
      cause: `\`new ${name}\` at ${place}: \`${name}\` is no class.`,
      fix: `Check how \`${name}\` is imported at ${place}: a default export taken for a named one is the usual reason.`,
    })),
  },
  {
    ...BUG,
    name: "not-defined",
    confidence: 0.9,
    match: byMessage(
      /^(\S{1,200}) is not defined$|^name '(\S{1,200})' is not defined/,
      ([, js, python], { place }) => ({
        cause: `The name \`${js ?? python}\` does not exist at ${place}.`,
        fix: `Declare or import \`${js ?? python}\`, or correct its spelling, at ${place}.`,
      }),
    ),
  },
  {
    ...BUG,
    name: "before-initialization",
    confidence: 0.9,
    match: byMessage(/^Cannot access '([^']{1,100})' before initialization/, ([, name], { place }) => ({
      cause: `\`${name}\` is used at ${place} before the line that gives it a value has run.`,
      fix: `Move the use of \`${name}\` after its declaration; between modules, break the import cycle that leads there.`,
    })),
  },
  {
    ...BUG,
    name: "null-to-object",
    confidence: 0.8,
    match: byMessage(/^Cannot convert undefined or null to object/, (_match, { place, source }) => ({
      cause: `${place} needs an object${source === null ? "" : ` in \`${source}\``} but gets undefined or null.`,
      fix: `Find which argument at ${place} can be missing, and give it a value or a fallback such as \`?? {}\`.`,
    })),
  },
  {
    ...BUG,
    name: "invalid-date",
    confidence: 0.85,
    match: byMessage(/^Invalid time value|^Invalid [dD]ate$/, (_match, { place }) => ({
      cause: `A date at ${place} was made of something that is no time.`,
      fix: `Check the input of \`new Date(…)\` at ${place} before formatting it, and refuse or replace what is no date.`,
    })),
  },
  {
    ...BUG,
    name: "circular-json",
    confidence: 0.9,
    match: byMessage(
      /^Converting circular structure to JSON|^Do not know how to serialize a BigInt/,
      ([what], { place }) => ({
        cause: `${place} turns a value into JSON that JSON cannot hold (${what?.startsWith("Do") ? "a BigInt" : "an object that contains itself"}).`,
        fix: `Send a plain object with the needed fields from ${place} instead of the whole one, or give \`JSON.stringify\` a replacer.`,
      }),
    ),
  },
  {
    ...BUG,
    name: "stack-overflow",
    severity: "high",
    confidence: 0.9,
    match: byMessage(/^Maximum call stack size exceeded|^maximum recursion depth exceeded/, (_match, { place }) => ({
      cause: `A function calls itself without end, around ${place}.`,
      fix: `Give the recursion at ${place} a condition that ends it, guard against cyclic data, or use a loop.`,
    })),
  },
  {
    ...BUG,
    name: "constant-assignment",
    confidence: 0.95,
    match: byMessage(
      /^Assignment to constant variable|^Cannot assign to read only property '([^']{1,100})'/,
      ([, name], { place }) => ({
        cause: `${place} writes to ${name === undefined ? "a constant" : `\`${name}\`, which is read-only`}.`,
        fix: `Use \`let\`, or make a changed copy instead of writing in place, at ${place}.`,
      }),
    ),
  },
];
