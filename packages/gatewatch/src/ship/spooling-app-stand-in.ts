import { createShipper } from "./create-shipper.ts";

// An app whose server is away: puts three batches on disk, says so, and waits to be killed.
const [url = "", folder = ""] = process.argv.slice(2);
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const shipper = createShipper({ url, token: "t", logger, spool: { folder }, transport: "http" });
for (const id of ["k1", "k2", "k3"]) {
  const exceptions = [{ type: "Error", message: "killed", frames: [] }];
  shipper.push({ type: "error", id, time: Date.now(), level: "error", handled: true, mechanism: "throw", exceptions });
  await shipper.flush(10_000);
}
process.stdout.write(`spooled ${shipper.stats().spooledBatches}\n`);
setInterval(() => undefined, 60_000);
