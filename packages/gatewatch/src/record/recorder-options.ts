import type { Attributes, DropReason, ErrorEvent } from "@gatewatch/protocol";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { Exchange } from "../gate/exchange.ts";
import type { Clock } from "../ship/clock.ts";
import type { Logger } from "../ship/logger.ts";
import type { Sink } from "../ship/sink.ts";

/** What happens to the client's address: as it is, as HMAC-SHA256 under the secret (dropped when there is none), or not at all. */
export type AddressPolicy = "keep" | "hash" | "drop";

/** A destination, and how much of the client's address it may see. */
export interface SinkBinding {
  sink: Sink;
  /** @default "hash" */
  clientAddress?: AddressPolicy;
  /** Whether what waits for the delivery of errors waits for this one. @default true */
  isAwaited?: boolean;
}

/** Adds top-level keys to an error event; they arrive in `custom`, redacted. */
export type EnrichHook = (
  context: ErrorEvent,
  exchange: Exchange | undefined,
  error: unknown,
) => Attributes | undefined | void;

export interface RecorderOptions {
  redactor: Redactor;
  logger: Logger;
  /** Folder that file names are made relative to. @default process.cwd() */
  root?: string;
  /** Folder of Gatewatch's own code: its frames are never the app's. @default the installed package */
  ownFolder?: string;
  /** Key of the pseudonyms of client addresses. */
  addressSecret?: string | Uint8Array;
  /** How much of the client's address `eventOf` shows. @default "hash" */
  localAddress?: AddressPolicy;
  /** Whether the user's e-mail address is kept. @default false */
  keepUserEmail?: boolean;
  /** Whether bodies of POST, PUT and PATCH are attached to errors. @default true */
  captureBody?: boolean;
  /** Longer bodies are replaced by `[Body too large: n bytes]`. @default 10_000 */
  maxBodyBytes?: number;
  /** Share of requests that become events, 0 to 1; those with a status of 500 or above, or with an exception, always do. @default 1 */
  requestSampleRate?: number;
  /** Statuses whose requests become events whatever the share is: somebody is told of them. */
  isAlwaysRecorded?: (status: number) => boolean;
  /** Whether five source lines are attached to the app's own frames. @default true */
  sourceLines?: boolean;
  enrich?: EnrichHook;
  /** Which breadcrumbs are gathered without the app's doing; needs `currentExchange`. @default { console: true, http: true } */
  breadcrumbs?: { console?: boolean; http?: boolean } | false;
  /** The exchange that the running code belongs to. */
  currentExchange?: () => Exchange | undefined;
  /** How long an event waits for the end of its exchange. @default 2_000 */
  holdMs?: number;
  /** Span in which identical errors are folded into one event with a count. @default 1_000 */
  foldWindowMs?: number;
  /** Identical errors that go whole in one span before folding begins. @default 5 */
  wholePerWindow?: number;
  /** Receives drops that no sink sees. */
  countDrop?: (reason: DropReason, count: number) => void;
  clock?: Clock;
  random?: () => number;
}
