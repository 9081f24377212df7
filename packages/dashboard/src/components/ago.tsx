import { useEffect, useState } from "react";

const UNITS: [limitMs: number, unitMs: number, name: string][] = [
  [60_000, 1000, "s"],
  [3_600_000, 60_000, "min"],
  [86_400_000, 3_600_000, "h"],
  [60 * 86_400_000, 86_400_000, "d"],
  [Infinity, 30 * 86_400_000, "mo"],
];

/** An age as `12 s`, `4 min`, `3 h`, `9 d`; anything not yet past is `now`. */
export function formatAge(ageMs: number): string {
  if (ageMs < 1000) return "now";
  for (const [limit, unit, name] of UNITS) if (ageMs < limit) return `${Math.floor(ageMs / unit)} ${name}`;
  return "";
}

/** How long ago, kept true while it is on the screen. */
export function Ago({ time, suffix = false }: { time: number; suffix?: boolean }) {
  const [now, setNow] = useState(Date.now);
  const young = now - time < 60_000;
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), young ? 1000 : 30_000);
    return () => clearInterval(timer);
  }, [young]);
  const age = formatAge(now - time);
  return (
    <time dateTime={new Date(time).toISOString()} title={new Date(time).toLocaleString()} className="whitespace-nowrap">
      {suffix && age !== "now" ? `${age} ago` : age}
    </time>
  );
}
