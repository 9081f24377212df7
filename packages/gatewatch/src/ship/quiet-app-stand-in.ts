import { createShipper } from "./create-shipper.ts";

// An app that sends one event over the stream and then has nothing left to do: it must end by itself.
const [url = "", folder = ""] = process.argv.slice(2);
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const shipper = createShipper({ url, token: "t", logger, spool: { folder } });
shipper.push({ type: "custom", time: Date.now(), name: "done" });
await shipper.flush(10_000);
process.stdout.write(`sent ${shipper.stats().sent}\n`);
