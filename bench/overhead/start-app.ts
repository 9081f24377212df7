import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { SinkUrls, Variant } from "./variant.ts";

/** A variant in its process. */
export interface App extends Variant {
  child: ChildProcess;
  port: number;
}

export async function startApp(variant: Variant, sinks: SinkUrls): Promise<App> {
  const child = fork(new URL("./app.ts", import.meta.url), [variant.name, sinks.native, sinks.any], {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const [message] = (await once(child, "message")) as [{ port: number }];
  return { ...variant, child, port: message.port };
}

/** Microseconds of CPU that the app's process has used. */
export async function readCpu(app: App): Promise<number> {
  app.child.send("cpu");
  const [message] = (await once(app.child, "message")) as [{ cpuUs: number }];
  return message.cpuUs;
}
