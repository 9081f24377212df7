import { Agent, request as requestHttp, type Server } from "node:http";
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { connect as connectSocket, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { get } from "./scenarios.ts";

/** A client that does to a server what clients do; what it gets is no concern here. */
export interface FatePeer {
  /** Resolves at the end of the answer, whether it is whole or cut off. */
  ask(method?: string): Promise<void>;
  leaveAtOnce(): Promise<void>;
  leaveAfterFirstByte(): Promise<void>;
  /** So many requests before the first answer, over one connection. */
  askTogether(count: number): Promise<void>;
  close(): void;
}

export function createFatePeer(server: Server, protocol: "http1" | "http2"): FatePeer {
  const { port } = server.address() as AddressInfo;
  return protocol === "http1" ? createHttp1Peer(server, port) : createHttp2Peer(server, port);
}

function createHttp1Peer(server: Server, port: number): FatePeer {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const open = async (): Promise<Socket> => {
    const socket = connectSocket({ port, host: "127.0.0.1" });
    socket.on("error", () => undefined);
    await once(socket, "connect");
    return socket;
  };
  return {
    ask: (method = "GET") =>
      new Promise((resolve) => {
        const request = requestHttp({ port, host: "127.0.0.1", path: "/", method, agent }, (response) => {
          response.on("error", () => undefined).on("close", () => resolve());
          response.resume();
        });
        request.on("error", () => resolve()).end();
      }),
    async leaveAtOnce() {
      const socket = await open();
      const asked = once(server, "request");
      socket.write(get("/"));
      await asked;
      socket.destroy();
    },
    async leaveAfterFirstByte() {
      const socket = await open();
      socket.write(get("/"));
      await once(socket, "data");
      socket.destroy();
    },
    async askTogether(count) {
      const socket = await open();
      socket.resume();
      for (let index = 1; index < count; index++) socket.write(get(`/${index}`, ""));
      socket.write(get(`/${count}`));
      await once(socket, "close");
    },
    close: () => agent.destroy(),
  };
}

function createHttp2Peer(server: Server, port: number): FatePeer {
  let session: ClientHttp2Session | undefined;
  const send = (path: string, method = "GET"): ClientHttp2Stream => {
    session ??= connect(`http://127.0.0.1:${port}`);
    const stream = session.request({ ":path": path, ":method": method });
    stream.on("error", () => undefined);
    stream.end();
    return stream;
  };
  const finish = async (stream: ClientHttp2Stream): Promise<void> => {
    stream.resume();
    // `once` would reject for a stream that was cut off.
    await new Promise<void>((resolve) => stream.once("close", () => resolve()));
  };
  return {
    ask: (method) => finish(send("/", method)),
    async leaveAtOnce() {
      const asked = once(server, "request");
      const stream = send("/");
      await asked;
      stream.close(constants.NGHTTP2_CANCEL);
    },
    async leaveAfterFirstByte() {
      const stream = send("/");
      await once(stream, "data");
      stream.close(constants.NGHTTP2_CANCEL);
    },
    async askTogether(count) {
      await Promise.all(Array.from({ length: count }, (_, index) => finish(send(`/${index + 1}`))));
    },
    close: () => session?.destroy(),
  };
}
