import type { Exchange, ResponseHead } from "../../gate/exchange.ts";
import { functionKind, listKind, PATHS } from "../code-kinds.ts";
import { BOOLEAN, type GroupSpec, integer } from "../option-kinds.ts";
import { suggestName } from "../suggest-name.ts";

/** The preferred one first. */
export const CODEC_NAMES = ["zstd", "br", "gzip"] as const;

/** Says for one answer whether it may be compressed; undefined leaves it to its type. */
export type CompressionFilter = (x: Exchange, head: ResponseHead) => boolean | undefined;

export interface CompressionOptions {
  /** @default true */
  enabled: boolean;
  /** Codings, the preferred one first; what this Node does not have is left out. @default ["zstd", "br", "gzip"] */
  encodings: readonly string[];
  /** Shorter bodies stay as they are. @default 1024 */
  thresholdBytes: number;
  /** Bodies in one piece up to this size are compressed at once, longer ones on other threads. @default 65536 */
  syncBytes: number;
  /** 1 to 9. @default 4 */
  gzipLevel: number;
  /** 0 to 11. @default 4 */
  brotliQuality: number;
  /** 1 to 19. @default 3 */
  zstdLevel: number;
  /** Further types that are worth it, such as `application/x-protobuf`. @default [] */
  types: readonly string[];
  /** Event streams are compressed too, each write by itself. @default false */
  eventStreams: boolean;
  /** Answers that set a cookie, or that nobody may store, stay as they are (BREACH). @default false */
  skipSecrets: boolean;
  /** Paths whose answers stay as they are. @default [] */
  skip: readonly string[];
  /** Decides for one answer. @default null */
  filter: CompressionFilter | null;
}

export const COMPRESSION_SPEC: GroupSpec<CompressionOptions> = {
  enabled: { default: true, kind: BOOLEAN, doc: "The compression layer." },
  encodings: {
    default: CODEC_NAMES,
    kind: listKind(`a list of ${CODEC_NAMES.join(", ")}`, parseEncoding),
    doc: "Codings, the preferred one first; what this Node does not have is left out (zstd: Node 22.15).",
  },
  thresholdBytes: {
    default: 1024,
    kind: integer(0, 1_073_741_824),
    doc: "Shorter bodies stay as they are.",
  },
  syncBytes: {
    default: 65_536,
    kind: integer(0, 16_777_216),
    doc: "Bodies in one piece up to this size are compressed at once, longer ones on other threads.",
  },
  gzipLevel: { default: 4, kind: integer(1, 9), doc: "Effort of gzip." },
  brotliQuality: { default: 4, kind: integer(0, 11), doc: "Effort of br." },
  zstdLevel: { default: 3, kind: integer(1, 19), doc: "Effort of zstd." },
  types: {
    default: [],
    kind: listKind("a list of types such as application/x-protobuf", parseType),
    doc: "Further types that are worth it.",
  },
  eventStreams: {
    default: false,
    kind: BOOLEAN,
    doc: "Event streams (`text/event-stream`) are compressed too, each write by itself.",
  },
  skipSecrets: {
    default: false,
    kind: BOOLEAN,
    doc: "Answers that set a cookie, or that nobody may store, stay as they are (against BREACH).",
  },
  skip: {
    default: [],
    kind: PATHS,
    doc: "Paths whose answers stay as they are.",
  },
  filter: {
    default: null,
    kind: functionKind("(exchange, head) => boolean or undefined"),
    doc: "Decides for one answer whether it is compressed; `undefined` leaves it to its type.",
  },
};

function parseEncoding(item: unknown): string {
  const name = typeof item === "string" ? item.trim().toLowerCase() : "";
  if (CODEC_NAMES.some((known) => known === name)) return name;
  const near = name === "brotli" ? "br" : suggestName(name, CODEC_NAMES);
  throw new TypeError(`${JSON.stringify(item)} is no coding${near === undefined ? "" : `; did you mean ${near}?`}`);
}

function parseType(item: unknown): string {
  const type = typeof item === "string" ? item.trim().toLowerCase() : "";
  if (/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type)) return type;
  throw new TypeError(`${JSON.stringify(item)} is no type; parameters do not belong to it`);
}
