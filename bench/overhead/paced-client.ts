import { connect, type Socket } from "node:net";
import { quantile } from "../measure.ts";

/** What is asked of this process. */
export interface PaceOrder {
  port: number;
  requestsPerSecond: number;
  seconds: number;
}

/** What it answers: milliseconds from the moment at which a request was due to the last byte of its answer. */
export interface PaceReport {
  p50Ms: number;
  p99Ms: number;
  requests: number;
}

const CONNECTIONS = 16;
const REQUEST = "GET /api/products/42 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";

/** A keep-alive connection with at most one request under way. */
interface Line {
  socket: Socket;
  dueMs: number;
  pending: string;
}

/**
 * Offers requests at a fixed pace whatever becomes of them: one that has to wait, because others are late, counts from when it was due. The loop
 * never sleeps, so that neither timers nor wake-ups of this process are measured.
 */
async function pace({ port, requestsPerSecond, seconds }: PaceOrder): Promise<PaceReport> {
  const latencies: number[] = [];
  const free: Line[] = [];
  const total = requestsPerSecond * seconds;
  let failure: Error | undefined;

  function take(line: Line, chunk: string): void {
    line.pending += chunk;
    const headEnd = line.pending.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(line.pending)?.[1]);
    if (line.pending.length < headEnd + 4 + length) return;
    if (!line.pending.startsWith("HTTP/1.1 200 ") || Number.isNaN(length)) {
      failure ??= new Error(`an unexpected answer: ${line.pending.slice(0, 200)}`);
    }
    latencies.push(performance.now() - line.dueMs);
    line.pending = "";
    free.push(line);
  }

  const lines = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port, take)));
  for (const line of lines) line.socket.on("close", () => (failure ??= new Error("the app closed a connection")));
  free.push(...lines);
  const startMs = performance.now() + 10;
  await new Promise<void>((done, fail) => {
    let sent = 0;
    const turn = (): void => {
      if (failure !== undefined) return fail(failure);
      if (latencies.length === total) return done();
      const nowMs = performance.now();
      while (sent < total && free.length > 0) {
        const dueMs = startMs + (sent * 1000) / requestsPerSecond;
        if (dueMs > nowMs) break;
        const line = free.pop()!;
        line.dueMs = dueMs;
        line.socket.write(REQUEST);
        sent++;
      }
      setImmediate(turn);
    };
    turn();
  });
  for (const { socket } of lines) socket.removeAllListeners("close").destroy();
  return { p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99), requests: total };
}

async function open(port: number, take: (line: Line, chunk: string) => void): Promise<Line> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await new Promise<void>((done, fail) => socket.once("connect", done).once("error", fail));
  const line: Line = { socket, dueMs: 0, pending: "" };
  socket.setEncoding("latin1").on("data", (chunk: string) => take(line, chunk));
  return line;
}

process.on("message", (order: PaceOrder) => {
  void pace(order).then((report) => process.send?.(report));
});
process.once("disconnect", () => process.exit(0));
