import { startProcess, type RunningProcess } from "./start-process.ts";

export interface RunningShop {
  url: string;
  process: RunningProcess;
  stop(): Promise<void>;
}

/** The example shop as a process of its own, instrumented against `server`. */
export async function startShop(
  server: { url: string; token: string },
  env: Record<string, string> = {},
): Promise<RunningShop> {
  const shop = startProcess("examples/express/src/main.ts", [], {
    GATEWATCH_URL: server.url,
    GATEWATCH_TOKEN: server.token,
    GATEWATCH_RELEASE: "1.0.0",
    PORT: "0",
    ...env,
  });
  const url = await shop.waitForLine((line) => /^shop listening on (\S+)/.exec(line)?.[1]);
  return { url, process: shop, stop: () => shop.stop() };
}
