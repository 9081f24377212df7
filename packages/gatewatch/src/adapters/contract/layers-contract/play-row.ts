import { once } from "node:events";
import type { Server } from "node:http";
import { expect } from "vitest";
import type { HookStats } from "../../../gate/hook-guard.ts";
import { createBodyClient } from "../body-client.ts";
import { createRecording } from "../recording.ts";
import { createAppRoutes } from "./app-routes.ts";
import { expectAnswer } from "./expect-answer.ts";
import type { LayerRow, Seen } from "./row.ts";
import type { LayersTarget } from "./target.ts";

/** Starts the app behind the row's options, asks it, and holds answers, lines and events against what the row says. Resolves with the layers that failed meanwhile. */
export async function playRow(target: LayersTarget, row: LayerRow): Promise<HookStats["failures"]> {
  const stage = await row.stage?.();
  const recording = createRecording({ ...row.options, ...stage?.options });
  const { gatewatch: core, events } = recording;
  const runs: string[] = [];
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const routes = [...createAppRoutes({ runs, released }), ...(row.routes ?? [])];
  const server = await target.start(core, { routes, onError: row.onError });
  if (!server.listening) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  const client = createBodyClient(server, target.protocol ?? "http1");
  const answers: Seen["answers"][number][] = [];
  const seen: Seen = {
    core,
    client,
    answers,
    events,
    runs,
    release,
    waitForRequests: (count) => recording.waitForRequests(count),
    get lines() {
      return recording.lines.map((msg, index) => ({ ...recording.fields[index], msg }));
    },
    get requests() {
      return events.filter((event) => event.type === "request");
    },
    get errors() {
      return events.filter((event) => event.type === "error");
    },
    async ask(asked) {
      const { path, method, headers, body } = asked;
      const answer = await client.ask(path, method, { ...headers }, body);
      answers.push(answer);
      expectAnswer(answer, asked);
      return answer;
    },
  };
  try {
    for (const asked of row.asks) await seen.ask(asked);
    await row.play?.(seen);
    await recording.waitForRequests(row.recorded ?? row.asks.length);
    await core.flush();
    await expectRecords(row, seen);
    await row.check?.(seen);
    await stage?.check?.(seen);
    return core.stats().hooks.failures;
  } finally {
    release();
    client.close();
    await close(server);
    await core.close(0);
  }
}

async function expectRecords(row: LayerRow, { lines, requests, errors }: Seen): Promise<void> {
  const recorded = row.recorded ?? row.asks.length;
  expect(requests, "events of requests").toHaveLength(recorded);
  expect(requests).toMatchObject(row.requests ?? requests);
  const written = lines.filter(({ msg }) => msg.startsWith("request "));
  expect(written, "lines of requests").toHaveLength(row.lines?.length ?? recorded);
  expect(written).toMatchObject(row.lines ?? written);
  expect(errors, "events of errors").toMatchObject(row.errors ?? []);
}

async function close(server: Server): Promise<void> {
  // A server of HTTP/2 has no such method; its client has ended the session.
  server.closeAllConnections?.();
  server.close();
}
