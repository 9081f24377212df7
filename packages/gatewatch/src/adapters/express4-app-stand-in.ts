import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type { Express } from "express";
import { gatewatch } from "./express.ts";

/** An app on Express 4 whose handler rejects, and nobody hears of it. `handled`: the app listens to the process; `bare`: no Gatewatch. */
const mode = process.argv[2];
const require = createRequire(import.meta.url);
const app = (require("express4") as () => Express)();
if (mode !== "bare") {
  const tell = (event: unknown): void => void writeSync(1, `${JSON.stringify(event)}\n`);
  app.use(gatewatch({ sinks: [tell] }));
}
if (mode === "handled") process.on("unhandledRejection", () => undefined);
app.get("/items/:id", async () => {
  await Promise.resolve();
  throw new Error("nobody hears of it");
});
const server = app.listen(0, "127.0.0.1", () => {
  process.stdout.write(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
