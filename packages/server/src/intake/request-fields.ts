import { methodPattern } from "@gatewatch/protocol/schema/event-schema";
import { IDENTITY_LENGTHS, TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { isLowerHex, isUuid } from "./is-hex.ts";
import { cutText, type TextCleaner } from "./clean-text.ts";

const METHOD = new RegExp(methodPattern);

/** The text fields of a request event, in the order in which rows are checked. */
export const TEXT_FIELDS = [
  "method",
  "path",
  "route",
  "requestId",
  "traceId",
  "spanId",
  "client",
  "userAgent",
  "userId",
  "errorId",
  "host",
  "scheme",
] as const;
export type TextField = (typeof TEXT_FIELDS)[number];

/** How one text field is checked: `undefined` refuses the event. */
export type FieldReader = (raw: string) => string | undefined;

/** What a refused field should have been. */
export const EXPECTED: Record<TextField, string> = {
  method: "a method of at most 32 letters, _ or -",
  path: "a text",
  route: `a text of at most ${IDENTITY_LENGTHS.route} characters or null`,
  requestId: `a text of at most ${IDENTITY_LENGTHS.requestId} characters`,
  traceId: "32 lower-case hex digits",
  spanId: "16 lower-case hex digits",
  client: `a text of at most ${IDENTITY_LENGTHS.client} characters`,
  userAgent: "a text",
  userId: `a text of at most ${IDENTITY_LENGTHS.userId} characters`,
  errorId: `a text of at most ${IDENTITY_LENGTHS.errorId} characters`,
  host: "a text",
  scheme: `a text of at most ${IDENTITY_LENGTHS.scheme} characters`,
};

export function createFieldReaders(cleaner: TextCleaner): Record<TextField, FieldReader> {
  const limited = (length: number, clean: (raw: string) => string): FieldReader => {
    return (raw) => (raw.length > length ? undefined : clean(raw));
  };
  const cut = (length: number, clean: (raw: string) => string): FieldReader => {
    return (raw) => clean(cutText(raw, length));
  };
  const hex = (length: number): FieldReader => {
    return (raw) => (isLowerHex(raw, length) ? raw : undefined);
  };
  // Ids are new in every event: the common form goes past the cache.
  const identifier = (length: number): FieldReader => {
    return (raw) => (isUuid(raw) ? raw : raw.length > length ? undefined : cleaner.text(raw));
  };
  return {
    method: (raw) => (METHOD.test(raw) ? raw : undefined),
    path: cut(TRUNCATED_LENGTHS.path, cleaner.path),
    route: limited(IDENTITY_LENGTHS.route, cleaner.text),
    requestId: identifier(IDENTITY_LENGTHS.requestId),
    traceId: hex(32),
    spanId: hex(16),
    client: limited(IDENTITY_LENGTHS.client, cleaner.text),
    userAgent: cut(TRUNCATED_LENGTHS.userAgent, cleaner.text),
    userId: limited(IDENTITY_LENGTHS.userId, cleaner.text),
    errorId: identifier(IDENTITY_LENGTHS.errorId),
    host: cut(TRUNCATED_LENGTHS.host, cleaner.text),
    scheme: limited(IDENTITY_LENGTHS.scheme, cleaner.text),
  };
}

export function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && (value === 0 || ((value as number) >= 100 && (value as number) <= 999));
}

export const EXPECTED_STATUS = "0 or a whole number from 100 to 999";
