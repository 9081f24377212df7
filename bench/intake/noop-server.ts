// A process of its own that takes whatever is posted, or sent over a WebSocket, and answers at once: what a client waits for anyway.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.end("{}"));
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket) => socket.on("message", () => socket.send('{"status":"ok"}')));
server.listen(0, "127.0.0.1", () => process.send!((server.address() as AddressInfo).port));
