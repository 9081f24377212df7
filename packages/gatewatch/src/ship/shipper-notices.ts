import type { Batch } from "./batch.ts";
import type { Logger } from "./logger.ts";

/** What the shipper says in the local log; what could come again with every batch is said once. */
export interface ShipperNotices {
  trouble(message: string): void;
  failed(message: string): void;
  away(message: string, hasSpool: boolean): void;
  back(): void;
  sent(batch: Batch): void;
  refusedSome(batch: Batch, rejected: number): void;
  refusedForGood(batch: Batch, message: string): void;
  unauthorized(message: string): void;
  lost(events: number): void;
}

/** @param url the server's address; only its origin is said, since the rest may hold a password. */
export function createShipperNotices(logger: Logger, url: string): ShipperNotices {
  const server = `The Gatewatch server at ${new URL(url).origin}`;
  const said = new Set<string>();

  function sayOnce(level: "warn" | "error", key: string, message: string): void {
    if (said.has(key)) return;
    said.add(key);
    logger[level](message);
  }

  return {
    trouble: (message) => logger.warn(message),
    failed: (message) => sayOnce("error", "failed", `Gatewatch's shipper failed and goes on: ${message}`),
    away: (message, hasSpool) =>
      logger.warn(
        `${server} is away (${message}); events are kept ${hasSpool ? "on disk" : "in memory"} until it is back.`,
      ),
    back: () => logger.info(`${server} is back.`),
    sent(batch) {
      const drops = Object.entries(batch.drops).map(([reason, count]) => `${count} ${reason}`);
      const told = drops.length === 0 ? "" : `, and told of drops: ${drops.join(", ")}`;
      logger.debug?.(`Sent batch ${batch.id} of ${batch.events} events (${batch.json.length} bytes)${told}.`);
    },
    refusedSome: (batch, rejected) =>
      sayOnce("warn", "some", `The server refused ${rejected} of ${batch.events} events of a batch.`),
    refusedForGood: (batch, message) =>
      sayOnce("error", "all", `The Gatewatch server refused a batch of ${batch.events} events for good: ${message}`),
    unauthorized: (message) =>
      logger.error(
        `${server} does not accept the token (${message}); nothing more is sent. Check GATEWATCH_TOKEN and restart.`,
      ),
    lost: (events) => logger.warn(`${events} events could not be sent before the end.`),
  };
}
