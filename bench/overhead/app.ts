import type { AddressInfo } from "node:net";
import { VARIANTS } from "./variants.ts";

// One variant as a process: tells its port, answers `cpu` with the microseconds of CPU used so far.
const [name, native, any] = process.argv.slice(2);
const variant = VARIANTS.find((candidate) => candidate.name === name);
if (variant === undefined || native === undefined || any === undefined) throw new Error(`no variant "${name}"`);
const server = await variant.make({ native, any });
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("message", (message) => {
  if (message === "cpu") {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuUs: user + system });
  }
});
process.once("disconnect", () => process.exit(0));
