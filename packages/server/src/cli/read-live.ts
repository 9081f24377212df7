import type { LiveMessage } from "@gatewatch/protocol";
import type { IncomingMessage } from "node:http";

/** The messages of an SSE stream of `/api/live`, until it ends. */
export async function* readLive(stream: IncomingMessage): AsyncGenerator<LiveMessage> {
  stream.setEncoding("utf8");
  let pending = "";
  for await (const chunk of stream) {
    pending += chunk as string;
    const blocks = pending.split("\n\n");
    pending = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = block
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).trimStart())
        .join("\n");
      if (data !== "") yield JSON.parse(data) as LiveMessage;
    }
  }
}
