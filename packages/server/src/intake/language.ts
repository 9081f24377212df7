import type { FastifyInstance } from "fastify";
import type { RedactionOptions } from "@gatewatch/protocol/redact/redactor";
import type { Decoder } from "../model/decoder.ts";
import type { IntakeDeps } from "./intake-deps.ts";
import type { BatchReceiver } from "./receive-batch.ts";

/** What a language's routes work with. */
export interface IntakeParts {
  deps: IntakeDeps;
  receiver: BatchReceiver;
}

/** One language that clients speak: what it reads, where it listens, and how it answers. */
export interface ClientLanguage {
  readonly name: string;
  /** One decoder for each kind of body, by a name that is unique over all languages; all with this redaction. */
  createDecoders(redaction: RedactionOptions): Readonly<Record<string, Decoder>>;
  /** Adds its routes to a scope of its own, in which every body comes as a buffer, and in which failures are told in its own shape. */
  register(scope: FastifyInstance, parts: IntakeParts): void;
}
