const STEPS_MS = [
  60_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
  172_800_000, 604_800_000,
];

export interface TimeTick {
  time: number;
  label: string;
}

/** Round local times inside the span, at most `count` of them. */
export function createTimeTicks(from: number, to: number, count: number): TimeTick[] {
  const step = STEPS_MS.find((candidate) => (to - from) / candidate <= count) ?? STEPS_MS.at(-1)!;
  const offset = new Date(from).getTimezoneOffset() * 60_000;
  const ticks: TimeTick[] = [];
  for (let time = Math.ceil((from - offset) / step) * step + offset; time <= to; time += step) {
    ticks.push({ time, label: formatTick(time, step) });
  }
  return ticks;
}

function formatTick(time: number, step: number): string {
  const date = new Date(time);
  if (step >= 86_400_000 || (step >= 21_600_000 && date.getHours() === 0)) {
    return date.toLocaleDateString(undefined, { day: "numeric", month: "short" });
  }
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}
