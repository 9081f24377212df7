import type { ServerResponse } from "node:http";
import { ApiError } from "../../model/api-error.ts";

const MAX_VIEWERS = 10;
/** Kept for whoever comes later. */
const MAX_KEPT = 50;
const MAX_KEPT_BYTES = 2 * 1024 * 1024;
/** Beyond it a viewer is too slow, and is let go; it comes back and is told the latest again. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const TYPE = "application/x-sentry-envelope";

interface Viewer {
  response: ServerResponse;
  asBase64: boolean;
}

/** Those who look at what arrives, as server-sent events, and the latest of it. */
export class SpotlightViewers {
  private readonly viewers = new Set<Viewer>();
  private readonly kept: { id: number; envelope: string }[] = [];
  private keptBytes = 0;
  private lastId = 0;

  /** Throws when nobody more can be served. */
  checkRoom(): void {
    if (this.viewers.size >= MAX_VIEWERS)
      throw new ApiError("unavailable", `At most ${MAX_VIEWERS} viewers are served.`, { retryAfterMs: 5_000 });
  }

  /** Takes over a response whose head is not sent yet. */
  add(response: ServerResponse, headers: Record<string, string>, asBase64: boolean): void {
    const viewer = { response, asBase64 };
    this.viewers.add(viewer);
    const forget = () => void this.viewers.delete(viewer);
    response.once("close", forget).once("error", forget);
    response.writeHead(200, {
      ...headers,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
    });
    response.flushHeaders();
    for (const { id, envelope } of this.kept) send(viewer, id, envelope);
  }

  publish(envelope: string): void {
    const id = ++this.lastId;
    this.kept.push({ id, envelope });
    this.keptBytes += envelope.length;
    while (this.kept.length > MAX_KEPT || this.keptBytes > MAX_KEPT_BYTES)
      this.keptBytes -= this.kept.shift()!.envelope.length;
    for (const viewer of this.viewers) send(viewer, id, envelope);
  }

  close(): void {
    for (const { response } of this.viewers) response.destroy();
  }
}

function send({ response, asBase64 }: Viewer, id: number, envelope: string): void {
  if (response.writableLength > MAX_WAITING_BYTES) {
    response.destroy();
    return;
  }
  const lines = asBase64 ? [Buffer.from(envelope).toString("base64")] : envelope.split("\n");
  const data = lines.map((line) => `data:${line}\n`).join("");
  response.write(`id:${id}\nevent:${TYPE}${asBase64 ? ";base64" : ""}\n${data}\n`);
}
