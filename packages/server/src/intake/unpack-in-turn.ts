/** As many as the platform has threads for it. */
const MAX_AT_ONCE = 4;

let unpacking = 0;
const waiting: (() => void)[] = [];

/** However many packed bodies come at once, only a few are unpacked, and hold what they may hold at most, at the same time. */
export async function unpackInTurn(unpack: () => Promise<Buffer>): Promise<Buffer> {
  if (unpacking >= MAX_AT_ONCE) await new Promise<void>((begin) => waiting.push(begin));
  else unpacking++;
  try {
    return await unpack();
  } finally {
    // The place is handed on, so that nobody comes between.
    const next = waiting.shift();
    if (next === undefined) unpacking--;
    else next();
  }
}
