import type { Ref } from "react";
import { Icon } from "../../components/icon.tsx";
import { SLOW_MS, type LiveFilter } from "../../lib/live-rows.ts";

const CHIPS: { id: LiveFilter["status"]; name: string }[] = [
  { id: "all", name: "All" },
  { id: "errors", name: "Errors" },
  { id: "5xx", name: "5xx" },
  { id: "4xx", name: "4xx" },
  { id: "slow", name: `Over ${SLOW_MS} ms` },
];

export function readStatus(text: string | null): LiveFilter["status"] {
  return CHIPS.find((chip) => chip.id === text)?.id ?? "all";
}

/** Which requests are let through. */
export function LiveChips(props: {
  filter: LiveFilter;
  onChange: (filter: LiveFilter) => void;
  ref?: Ref<HTMLInputElement>;
}) {
  const { filter, onChange } = props;
  return (
    <>
      <div role="group" aria-label="Which requests" className="flex overflow-hidden rounded-md border border-line">
        {CHIPS.map((chip) => (
          <button
            key={chip.id}
            type="button"
            aria-pressed={chip.id === filter.status}
            onClick={() => onChange({ ...filter, status: chip.id })}
            className={`h-6.5 px-2.5 whitespace-nowrap -outline-offset-2 not-first:border-l not-first:border-line ${chip.id === filter.status ? "bg-select font-semibold text-ink" : "bg-surface text-muted hover:text-ink"}`}
          >
            {chip.name}
          </button>
        ))}
      </div>
      <label className="flex h-7 w-52 items-center max-sm:min-w-48 max-sm:flex-1 gap-2 rounded-md border border-line bg-surface px-2 focus-within:border-accent">
        <Icon name="search" size={13} className="text-muted" />
        <input
          ref={props.ref}
          value={filter.text}
          onChange={(event) => onChange({ ...filter, text: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
          }}
          aria-label="Filter by path, user or request id"
          placeholder="Path, user, request id"
          className="min-w-0 flex-1 bg-transparent outline-none placeholder:text-faint"
        />
      </label>
    </>
  );
}
