import { WebSocket } from "ws";
import type { RawClient } from "../support/raw-client.ts";
import type { LanguageLoad } from "./measure-languages.ts";

const PIECE = { sku: "A-1042", name: "a thing of some length that people order", amount: "12.50", tags: ["a", "b"] };

/** As cerberus-django 0.1.5 writes it; the key is put in by the connection. */
function makeEvent(seed: number, bytes: number): Record<string, unknown> {
  const items = Array.from({ length: Math.max(1, Math.floor((bytes - 700) / 120)) }, (_, index) => ({
    ...PIECE,
    number: seed * 100 + index,
  }));
  return {
    client_id: "my-django-app",
    remote_addr: `10.0.0.${seed % 250}`,
    endpoint: `/api/v1/resource${seed % 20}/${seed}/`,
    scheme: true,
    method: "POST",
    timestamp: new Date().toISOString().replace("Z", "394+00:00"),
    custom_data: { cache_hit: true, tenant: "north" },
    headers: {
      Host: "shop.example",
      Accept: "*/*",
      "Content-Type": "application/json",
      Authorization: "Bearer abc123token",
      "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    },
    query_params: { page: "1", tag: ["a", "b"] },
    body: { username: "alice", password: "hunter2", items },
    user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    user_id: `user-${seed}`,
  };
}

/** A connection that sends an event and waits for its acknowledgement, as these clients do. */
async function open(url: string, token: string): Promise<RawClient> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/events`, { perMessageDeflate: false });
  await new Promise<void>((done, fail) => {
    socket.once("open", done);
    socket.once("error", fail);
  });
  const key = Buffer.from(`{"api_key":"${token}","token":"${token}",`);
  return {
    post: (body) =>
      new Promise((done) => {
        socket.once("message", (data: Buffer) => done(data.toString() === '{"status":"ok"}' ? 200 : 503));
        socket.send(Buffer.concat([key, body.subarray(1)]), { binary: false });
      }),
    close: () => socket.close(),
  };
}

export const CERBERUS_LOADS: readonly LanguageLoad[] = [1_000, 5_000, 50_000].map((bytes) => ({
  name: `Cerberus frames of ${bytes / 1000} KB`,
  events: 1,
  open,
  make: (seed) => Buffer.from(JSON.stringify(makeEvent(seed, bytes))),
}));
