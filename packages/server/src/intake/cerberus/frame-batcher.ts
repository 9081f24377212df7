import type { RejectedEvent } from "@gatewatch/protocol";
import type { IntakeClient } from "../admit-client.ts";
import type { BatchReceiver } from "../receive-batch.ts";
import { joinFrames, parseFrame } from "./parse-frame.ts";

const MAX_FRAMES = 100;
const MAX_BYTES = 1024 * 1024;

/** Makes frames of many connections durable together. */
export interface FrameBatcher {
  /** Resolves once the event is durable, with why it is refused if it is. Rejects when it could not be taken. */
  add(bytes: Buffer, client: IntakeClient, addressKey: Uint8Array): Promise<RejectedEvent | undefined>;
}

interface Waiting {
  bytes: Buffer;
  settle: PromiseWithResolvers<RejectedEvent | undefined>;
}

/**
 * Each frame is one event, and each record of the journal has its price: what comes while a record is being written waits for the next
 * one, and shares it. A frame that comes alone waits for nothing.
 */
export function createFrameBatcher(receiver: BatchReceiver): FrameBatcher {
  /** Frames that wait, by app; an app has an entry as long as a record of it is being written. */
  const groups = new Map<string, Waiting[]>();

  async function write(name: string, frames: Waiting[], client: IntakeClient, addressKey: Uint8Array): Promise<void> {
    try {
      const body = joinFrames(frames.map(({ bytes }) => bytes));
      const { answer } = await receiver.receive("cerberusBatch", body, client, addressKey);
      const rejected = new Map(answer.rejected.map((problem) => [problem.index, problem]));
      for (const [index, { settle }] of frames.entries()) settle.resolve(rejected.get(index));
    } catch (error) {
      for (const { settle } of frames) settle.reject(error);
    }
    const waiting = groups.get(name)!;
    if (waiting.length === 0) groups.delete(name);
    else void write(name, takeSome(waiting), client, addressKey);
  }

  return {
    add(bytes, client, addressKey) {
      const { client_id: app } = parseFrame(bytes);
      const name = JSON.stringify([client.projectId, client.credentialId, app ?? null]);
      const frame: Waiting = { bytes, settle: Promise.withResolvers() };
      const waiting = groups.get(name);
      if (waiting !== undefined) waiting.push(frame);
      else {
        groups.set(name, []);
        void write(name, [frame], client, addressKey);
      }
      return frame.settle.promise;
    },
  };
}

/** Takes the first frames out, as many as a record may hold. */
function takeSome(waiting: Waiting[]): Waiting[] {
  let bytes = 0;
  let count = 0;
  while (count < waiting.length && count < MAX_FRAMES && (count === 0 || bytes < MAX_BYTES))
    bytes += waiting[count++]!.bytes.length;
  return waiting.splice(0, count);
}
