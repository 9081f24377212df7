import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A mail server that takes every message, or answers as it is told. */
export interface SmtpStandIn {
  url: string;
  messages: string[];
  /** Answer to the end of a message. */
  answer: string;
  close(): Promise<void>;
}

export async function openSmtpStandIn(): Promise<SmtpStandIn> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    let pending = "";
    let message: string[] | undefined;
    socket.write("220 stand-in\r\n");
    socket.on("data", (chunk) => {
      pending += chunk.toString("latin1");
      for (let end = pending.indexOf("\r\n"); end !== -1; end = pending.indexOf("\r\n")) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        if (message === undefined) {
          const verb = line.slice(0, 4).toUpperCase();
          if (verb === "DATA") message = [];
          socket.write(verb === "DATA" ? "354 go on\r\n" : verb === "QUIT" ? "221 bye\r\n" : "250 ok\r\n");
        } else if (line === ".") {
          standIn.messages.push(message.join("\n"));
          message = undefined;
          socket.write(`${standIn.answer}\r\n`);
        } else message.push(line);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const standIn: SmtpStandIn = {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages: [],
    answer: "250 taken",
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return standIn;
}
