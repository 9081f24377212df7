import type { KnownFailure } from "../known-failure.ts";

const BUG = { category: "system_error", severity: "medium", fixKind: "code", confidence: 0.9 } as const;

/** What Python itself reports, from clients of the agent API. */
export const PYTHON_FAILURES: KnownFailure[] = [
  {
    ...BUG,
    name: "key-error",
    match({ type, message, place }) {
      if (type !== "KeyError" && type !== "MultiValueDictKeyError") return undefined;
      const key = message.replaceAll(/^['"]|['"]$/g, "").slice(0, 100);
      return {
        cause: `The key \`${key}\` is not in the dictionary that ${place} reads.`,
        fix: `Use \`.get("${key}")\` with a default at ${place}, or check the input for it first and answer 400.`,
      };
    },
  },
  {
    ...BUG,
    name: "attribute-error",
    match({ type, message, place }) {
      const match = /^'([\w.]{1,100})' object has no attribute '([^']{1,100})'/.exec(message);
      if (type !== "AttributeError" || match === null) return undefined;
      const none = match[1] === "NoneType";
      return {
        cause: none
          ? `A value is None at ${place}, and the code wants its \`${match[2]}\`.`
          : `A \`${match[1]}\` has no \`${match[2]}\`, which ${place} uses.`,
        fix: none
          ? `Find what returns None before ${place} (often a query that found nothing) and handle it.`
          : `Check the spelling of \`${match[2]}\` and which type arrives at ${place}.`,
      };
    },
  },
  {
    ...BUG,
    name: "index-error",
    match({ type, place }) {
      if (type !== "IndexError") return undefined;
      return {
        cause: `${place} takes an element that the list does not have: it is shorter than expected, mostly empty.`,
        fix: `Check the length at ${place} before the access, and handle the empty case.`,
      };
    },
  },
  {
    ...BUG,
    name: "does-not-exist",
    category: "validation_error",
    severity: "low",
    match({ type, message, place }) {
      if (
        !/(?:^|\.)(?:DoesNotExist|ObjectDoesNotExist|NoResultFound)$/.test(type) &&
        !/matching query does not exist/.test(message)
      )
        return undefined;
      return {
        cause: `${place} asks for a row that is not there: wrong id, or removed meanwhile.`,
        fix: `Catch it at ${place} and answer 404 (get_object_or_404).`,
      };
    },
  },
  {
    ...BUG,
    name: "python-type-error",
    match({ type, message, place }) {
      const match =
        /^'NoneType' object is not (\w{1,40})|^unsupported operand type\(s\) for (.{1,60})|(\w{1,80})\(\) (?:got an unexpected|missing \d+ required)/.exec(
          message,
        );
      if (type !== "TypeError" || match === null) return undefined;
      return {
        cause:
          match[3] === undefined
            ? `A value at ${place} has a type that does not fit (${message.slice(0, 120)}).`
            : `\`${match[3]}()\` is called at ${place} with other arguments than it takes.`,
        fix:
          match[3] === undefined
            ? `Convert or check the value before ${place}; None mostly comes from a lookup that found nothing.`
            : `Bring the call at ${place} and the signature of \`${match[3]}\` together.`,
      };
    },
  },
  {
    ...BUG,
    name: "value-error",
    category: "validation_error",
    severity: "low",
    confidence: 0.75,
    match({ type, message, place }) {
      if (type !== "ValueError" && type !== "InvalidOperation") return undefined;
      const literal = /^invalid literal for (\w{1,20})\(\)|^could not convert string to (\w{1,20})/.exec(message);
      return {
        cause:
          literal === null
            ? `${place} was given a value that it cannot use: ${message.slice(0, 120)}`
            : `Text that is no ${literal[1] ?? literal[2]} arrives at ${place}.`,
        fix: `Check the value before ${place} and answer 400 when it comes from a client.`,
      };
    },
  },
];
