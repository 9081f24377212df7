const PATHS = {
  overview: "M2.5 13.5V9M6.2 13.5V4.5M9.8 13.5V7M13.5 13.5V2.5",
  issues: "M8 2.2 14.2 13H1.8L8 2.2ZM8 6.5v3M8 11.2v.1",
  live: "M1.5 8h3l2-5 3.5 10 2-5h2.5",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M12.6 3.4l-.7.7M4.1 11.9l-.7.7",
  moon: "M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1Z",
  auto: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 2v12M10 3v10M12 4.6v6.8",
  user: "M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.8 14c.6-2.6 2.6-4 5.2-4s4.6 1.4 5.2 4",
  down: "m4.5 6.5 3.5 3.5 3.5-3.5",
  right: "m6.5 4.5 3.5 3.5-3.5 3.5",
  left: "M9.5 4.5 6 8l3.5 3.5",
  check: "m3 8.5 3.2 3.2L13 4.8",
  mute: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM3.9 3.9l8.2 8.2",
  reopen: "M3 8a5 5 0 1 0 1.6-3.7M3 2.5v2.6h2.6",
  close: "m4 4 8 8M12 4l-8 8",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3.2 12.5 8 5 12.8V3.2Z",
  table: "M2 3h12v10H2zM2 6.5h12M2 9.8h12M6.5 3v10",
  chart: "M2 2v12h12M4.5 10l3-3.5 2.5 2L14 4",
  merge: "M4 2.5v3c0 3 4 2.5 4 6v2M12 2.5v3c0 3-4 2.5-4 6",
  split: "M8 13.5v-3c0-3-4-2.5-4-6v-2M8 10.5c0-3 4-2.5 4-6v-2",
  spark: "M8 1.8 9.5 6.5 14.2 8 9.5 9.5 8 14.2 6.5 9.5 1.8 8l4.7-1.5L8 1.8Z",
  external: "M6 3H3v10h10v-3M9 3h4v4M13 3 7.5 8.5",
  keyboard: "M1.5 4h13v8.5h-13zM4 6.7h.01M6.6 6.7h.01M9.3 6.7h.01M12 6.7h.01M5 9.8h6",
  exit: "M9.5 3H3v10h6.5M6.5 8H14M11.5 5.5 14 8l-2.5 2.5",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.6",
  folder: "M1.8 4h4.4l1.4 1.6h6.6V13H1.8z",
  refresh: "M13 8a5 5 0 1 1-1.6-3.7M13 2.5v2.6h-2.6",
  shield: "M8 1.8 13.2 4v4c0 3.2-2.2 5.3-5.2 6.2C5 13.3 2.8 11.2 2.8 8V4L8 1.8Z",
} as const;

export type IconName = keyof typeof PATHS;

/** A 16-unit line drawing; decorative, so its button carries the name. */
export function Icon({ name, size = 16, className }: { name: IconName; size?: number; className?: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "more" ? 2 : 1.35}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={`shrink-0 ${className ?? ""}`}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
