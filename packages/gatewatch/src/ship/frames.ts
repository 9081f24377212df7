import { randomFillSync } from "node:crypto";

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  final: boolean;
  opcode: number;
  payload: Buffer;
}

/** One masked client frame (RFC 6455, 5.2). */
export function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const lengthBytes = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
  const head = 2 + lengthBytes;
  const frame = Buffer.allocUnsafe(head + 4 + payload.length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (lengthBytes === 0 ? payload.length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) frame.writeUInt16BE(payload.length, 2);
  if (lengthBytes === 8) frame.writeBigUInt64BE(BigInt(payload.length), 2);
  randomFillSync(frame, head, 4);
  const start = head + 4;
  payload.copy(frame, start);
  for (let index = 0; index < payload.length; index += 1)
    frame[start + index] = frame[start + index]! ^ frame[head + (index & 3)]!;
  return frame;
}

export type FrameReader = (chunk: Buffer) => Frame[];

/** Cuts a server's bytes into frames. The reader throws for masked, reserved or too long frames. */
export function createFrameReader(maxPayloadBytes: number): FrameReader {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const read = tryReadFrame(rest, maxPayloadBytes);
      if (read === undefined) return frames;
      frames.push(read.frame);
      rest = rest.subarray(read.bytes);
    }
  };
}

function tryReadFrame(data: Buffer, maxPayloadBytes: number): { frame: Frame; bytes: number } | undefined {
  const [first, second] = data;
  if (first === undefined || second === undefined) return undefined;
  if ((first & 0x70) !== 0) throw new Error("reserved bits are set");
  if ((second & 0x80) !== 0) throw new Error("a server's frame is masked");
  const opcode = first & 0x0f;
  let length = second & 0x7f;
  let head = 2;
  if (length === 126) {
    if (data.length < 4) return undefined;
    length = data.readUInt16BE(2);
    head = 4;
  } else if (length === 127) {
    if (data.length < 10) return undefined;
    length = Number(data.readBigUInt64BE(2));
    head = 10;
  }
  if (opcode >= 8 && (length > 125 || (first & 0x80) === 0)) throw new Error("a control frame is too long or in parts");
  if (length > maxPayloadBytes) throw new Error(`a frame is longer than ${maxPayloadBytes} bytes`);
  if (data.length < head + length) return undefined;
  const payload = data.subarray(head, head + length);
  return {
    frame: { final: (first & 0x80) !== 0, opcode, payload },
    bytes: head + length,
  };
}
