import type { Transport } from "./batch.ts";
import type { Clock } from "./clock.ts";
import type { StreamTransport } from "./send-over-stream.ts";

/** How long HTTP serves before the WebSocket is tried again. */
const RETRY_STREAM_MS = 60_000;
/** Some proxies swallow upgrades, which looks like a dead server: after this many failures HTTP decides which it is. */
const FAILURES_BEFORE_HTTP = 2;

/** The WebSocket where it works; HTTP where proxies or servers refuse the upgrade. */
export function preferStream(stream: StreamTransport, http: Transport, clock: Clock): Transport {
  let streamAgainAt = 0;
  let failures = 0;
  return {
    async send(batch) {
      if (clock.now() < streamAgainAt) return await http.send(batch);
      const result = await stream.send(batch);
      if (result.kind === "unavailable") {
        streamAgainAt = clock.now() + RETRY_STREAM_MS;
        return await http.send(batch);
      }
      const isSilence = result.kind === "retry" && result.afterMs === undefined;
      failures = isSilence ? failures + 1 : 0;
      if (failures < FAILURES_BEFORE_HTTP) return result;
      const second = await http.send(batch);
      if (second.kind !== "retry") streamAgainAt = clock.now() + RETRY_STREAM_MS;
      return second;
    },
    close() {
      stream.close();
      http.close();
    },
  };
}
