/** The sign of the house: a gate, and the one request that it looks at. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" className="shrink-0">
      <path
        d="M5 20.5V11a7 7 0 0 1 14 0v9.5"
        fill="none"
        stroke="var(--color-accent)"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
      <circle cx="12" cy="14.5" r="2.6" fill="var(--color-bad)" />
    </svg>
  );
}
