import { poll } from "./poll.ts";
import { startProcess, type RunningProcess } from "./start-process.ts";

export interface DeliveryApp {
  process: RunningProcess;
  /** Asks `/name/number`; the status. */
  ask(name: string, number: number): Promise<number>;
  /** Waits until nothing is left in memory, nor on disk unless `onDisk`; how many batches lie there. */
  settle(options?: { onDisk: boolean }): Promise<number>;
  kill(): Promise<void>;
}

interface Stats {
  queued: number;
  spooledBatches: number;
  dropped: Record<string, number>;
}

/** The app of `delivery-app.ts` as a process of its own. */
export async function startDeliveryApp(env: Record<string, string | undefined>): Promise<DeliveryApp> {
  const app = startProcess("e2e/support/delivery-app.ts", [], {
    GATEWATCH_DELIVERY_BATCH_DELAY_MS: "20",
    GATEWATCH_ACCESS_LOG_REQUESTS: "false",
    ...env,
  });
  const url = await app.waitForLine((line) => /^app listening on (\S+)/.exec(line)?.[1]);
  const ask = (path: string): Promise<Response> => fetch(url + path, { headers: { connection: "close" } });
  return {
    process: app,
    async ask(name, number) {
      const response = await ask(`/${name}/${number}`);
      await response.arrayBuffer();
      return response.status;
    },
    async settle({ onDisk } = { onDisk: false }) {
      const stats = await poll(
        "an empty queue",
        async () => Object.values((await (await ask("/stats")).json()) as Record<string, Stats>)[0]!,
        ({ queued, spooledBatches }) => queued === 0 && spooledBatches > 0 === onDisk,
      );
      if (Object.keys(stats.dropped).length > 0) throw new Error(`dropped: ${JSON.stringify(stats.dropped)}`);
      return stats.spooledBatches;
    },
    kill: () => app.stop("SIGKILL"),
  };
}
