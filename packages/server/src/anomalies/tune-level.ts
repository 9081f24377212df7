import type { AnomalyFeedback, ProfileName } from "@gatewatch/protocol";
import { PROFILE_LEVELS } from "@gatewatch/detect";

/** So many words since the last change must have been heard before the next. */
const MIN_WORDS = 5;
const RANGE = 10;
const STRICTER = 1 / 1.6;
const LOOSER = 1.3;
const MANY_FALSE = 0.5;
const FEW_FALSE = 0.1;

/**
 * The level that a stream should have after what people said of its anomalies since the last change, and why; null when it stays.
 * Only people's words count, each once, and it never leaves a factor of ten around the profile's.
 */
export function tuneLevel(
  stream: { profile: ProfileName; level: number },
  words: Record<AnomalyFeedback, number>,
): { level: number; reason: string } | null {
  const judged = words.false_positive + words.confirmed;
  if (judged < MIN_WORDS) return null;
  const share = words.false_positive / judged;
  if (share < MANY_FALSE && share > FEW_FALSE) return null;
  const base = PROFILE_LEVELS[stream.profile];
  const moved = stream.level * (share >= MANY_FALSE ? STRICTER : LOOSER);
  const level = Number(Math.min(base * RANGE, Math.max(base / RANGE, moved)).toPrecision(6));
  if (level === stream.level) return null;
  const said = `${words.false_positive} of ${judged} anomalies were called false`;
  return { level, reason: share >= MANY_FALSE ? `${said}: stricter` : `${said}: looser` };
}
