import { fork } from "node:child_process";
import { once } from "node:events";

/** A server beside which acknowledgement times are told, as a process of its own. */
export async function startNoop(): Promise<{ url: string; stop(): void }> {
  const child = fork(new URL("./noop-server.ts", import.meta.url));
  const [port] = (await once(child, "message")) as [number];
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
}
