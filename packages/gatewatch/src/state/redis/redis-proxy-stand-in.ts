import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Something between a client and a real Redis that misbehaves when told to. */
export interface RedisProxyStandIn {
  url: string;
  /** What Redis answers is held back until `resume`; what clients send is held back too. */
  stall(): void;
  resume(): void;
  /** Every further command is answered with this text. */
  answer(text: string): void;
  /** Cuts all connections and refuses new ones. */
  kill(): void;
  revive(): void;
  stop(): Promise<void>;
}

export async function startRedisProxyStandIn(redisUrl: string): Promise<RedisProxyStandIn> {
  const target = new URL(redisUrl);
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let isStalled = false;
  let isDead = false;
  let garbage: string | undefined;
  const forward = (to: Socket, bytes: Buffer): void => {
    const send = (): void => void to.write(bytes);
    if (isStalled) held.push(send);
    else send();
  };
  const server = createServer((client) => {
    if (isDead) return void client.destroy();
    const redis = connect(Number(target.port), target.hostname);
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        redis.destroy();
      });
    }
    client.on("data", (bytes: Buffer) => {
      if (garbage === undefined) forward(redis, bytes);
      else client.write(garbage);
    });
    redis.on("data", (bytes: Buffer) => forward(client, bytes));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `redis://${target.username}:${target.password}@127.0.0.1:${port}`,
    stall: () => void (isStalled = true),
    resume() {
      isStalled = false;
      for (const send of held.splice(0)) send();
    },
    answer: (text) => void (garbage = text),
    kill() {
      isDead = true;
      for (const socket of sockets) socket.destroy();
    },
    revive() {
      isDead = false;
      garbage = undefined;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
