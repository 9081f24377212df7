import type { ReactNode } from "react";

const TONES = {
  bad: "text-bad",
  warn: "text-warn",
  good: "text-good",
  accent: "text-accent",
  violet: "text-violet",
  muted: "text-muted",
} as const;
export type Tone = keyof typeof TONES;

export function Badge({ tone = "muted", children, title }: { tone?: Tone; children: ReactNode; title?: string }) {
  return (
    <span
      title={title}
      className={`tint inline-flex h-4.5 shrink-0 items-center gap-1 rounded-sm px-1.5 text-tiny font-semibold whitespace-nowrap ${TONES[tone]}`}
    >
      {children}
    </span>
  );
}
