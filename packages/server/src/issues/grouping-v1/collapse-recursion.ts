import type { NormalFrame } from "./normalise-frame.ts";

const MAX_CYCLE = 4;

/** Keeps one turn of each repeating run of frames, so that the depth of a recursion does not matter. */
export function collapseRecursion(frames: NormalFrame[]): NormalFrame[] {
  const kept: NormalFrame[] = [];
  for (const frame of frames) {
    kept.push(frame);
    for (let cycle = 1; cycle <= MAX_CYCLE; cycle++) {
      if (endsWithRepeat(kept, cycle)) {
        kept.length -= cycle;
        break;
      }
    }
  }
  return kept;
}

function endsWithRepeat(frames: NormalFrame[], cycle: number): boolean {
  if (frames.length < 2 * cycle) return false;
  for (let index = frames.length - cycle; index < frames.length; index++) {
    const frame = frames[index];
    const earlier = frames[index - cycle];
    if (frame?.file !== earlier?.file || frame?.function !== earlier?.function) return false;
  }
  return true;
}
