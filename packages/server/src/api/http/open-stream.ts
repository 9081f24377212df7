import type { FastifyReply, FastifyRequest } from "fastify";
import { constants, createGzip, type Gzip } from "node:zlib";
import type { StreamSink } from "../route.ts";
import { acceptsGzip } from "./accepts-gzip.ts";

/** Bytes that may wait for a slow client before messages to it are dropped. */
const MAX_WAITING_BYTES = 256 * 1024;
/** A client that takes nothing for so many dropped messages in a row is gone. */
const MAX_DROPS_IN_A_ROW = 600;

/** Answers with server-sent events; `onClose` is called once when the client is gone or the stream was ended. */
export function openStream(
  request: FastifyRequest,
  reply: FastifyReply,
  headers: Record<string, string>,
  isStillAllowed: () => Promise<boolean>,
  onClose: () => void,
): StreamSink {
  reply.hijack();
  const { raw } = reply;
  const gzip = acceptsGzip(request.headers["accept-encoding"]) ? openGzip() : null;
  raw.writeHead(200, {
    ...headers,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    vary: "Accept-Encoding",
    ...(gzip ? { "content-encoding": "gzip" } : {}),
  });
  raw.flushHeaders();
  gzip?.pipe(raw);
  const target = gzip ?? raw;
  let drops = 0;
  let closed = false;

  const close = () => {
    if (closed) return;
    closed = true;
    gzip?.destroy();
    onClose();
  };
  raw.once("close", close);
  raw.once("error", close);
  gzip?.once("error", close);

  const lastEventId = request.headers["last-event-id"];
  return {
    lastEventId: typeof lastEventId === "string" ? lastEventId : null,
    send(text) {
      if (closed) return false;
      const waiting = raw.writableLength + (gzip ? gzip.writableLength + gzip.readableLength : 0);
      if (waiting > MAX_WAITING_BYTES) {
        drops += 1;
        if (drops > MAX_DROPS_IN_A_ROW) raw.destroy();
        return false;
      }
      drops = 0;
      target.write(text);
      return true;
    },
    isStillAllowed,
    end() {
      if (closed) return;
      target.end();
      close();
      raw.end();
    },
  };
}

/** Small windows: a thousand watchers must not cost a quarter of a megabyte each. */
function openGzip(): Gzip {
  return createGzip({ flush: constants.Z_SYNC_FLUSH, level: 4, windowBits: 12, memLevel: 5 });
}
