import { Tip } from "../components/tip.tsx";
import { formatRate } from "../lib/format.ts";
import { useLivePulse, type LivePulse } from "../lib/live-store.ts";

const BEHIND_MS = 2500;

function describe(pulse: LivePulse): { text: string; color: string; still: boolean; more: string } {
  if (pulse.link === "reconnecting") {
    return { text: "Reconnecting", color: "text-warn", still: false, more: "The stream broke off; it is tried again." };
  }
  if (pulse.link === "connecting") {
    return { text: "Connecting", color: "text-faint", still: false, more: "The stream is being opened." };
  }
  const rate = `${formatRate(pulse.requestsPerSecond)} requests and ${formatRate(pulse.errorsPerSecond)} errors a second`;
  if (pulse.lagMs > BEHIND_MS) {
    return { text: `${Math.round(pulse.lagMs / 1000)} s behind`, color: "text-warn", still: true, more: rate };
  }
  return { text: "Live", color: "text-good", still: true, more: rate };
}

/** Whether what is seen is true now. */
export function ConnectionDot() {
  const { text, color, still, more } = describe(useLivePulse());
  return (
    <Tip text={more}>
      <button
        type="button"
        className="flex h-7 items-center justify-end gap-2 rounded-md px-2 text-muted sm:w-28"
        aria-label={`Connection: ${text}`}
      >
        <span className={`grid place-items-center ${color}`}>
          <span className={`size-2 rounded-full bg-current ${still ? "" : "animate-breathe"}`} />
        </span>
        <span className="hidden whitespace-nowrap sm:inline">{text}</span>
      </button>
    </Tip>
  );
}
