import type { LiveRequest } from "@gatewatch/protocol";
import { useMemo, useRef, useState } from "react";
import { Button } from "../../components/button.tsx";
import { Tip } from "../../components/tip.tsx";
import { formatCount, formatRate } from "../../lib/format.ts";
import { filterLiveRows, findNewer, type LiveFilter } from "../../lib/live-rows.ts";
import { useLivePulse, useLiveRows } from "../../lib/live-store.ts";
import { useSearchState } from "../../lib/search-state.ts";
import { useTitle } from "../../lib/use-title.ts";
import { useKeys } from "../../lib/use-keys.ts";
import { LiveChips, readStatus } from "./live-chips.tsx";
import { LiveHistogram } from "./live-histogram.tsx";
import { LiveTable, type LiveTableHandle } from "./live-table.tsx";
import { RequestDrawer } from "./request-drawer.tsx";

interface Frozen {
  rows: LiveRequest[];
  /** Only for as long as the pointer is over the rows: what one points at must not slip away. */
  held: boolean;
}

/** What is happening this second? */
export function Live() {
  useTitle("Live");
  const live = useLiveRows();
  const pulse = useLivePulse();
  const [params, change] = useSearchState();
  const filter: LiveFilter = useMemo(
    () => ({ status: readStatus(params.get("status")), text: params.get("text") ?? "" }),
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [params.get("status"), params.get("text")],
  );
  const [frozen, setFrozen] = useState<Frozen | null>(null);
  const [open, setOpen] = useState<LiveRequest | null>(null);
  const table = useRef<LiveTableHandle>(null);
  const field = useRef<HTMLInputElement>(null);
  const source = frozen?.rows ?? live.rows;
  const rows = useMemo(() => filterLiveRows(source, filter), [source, filter]);

  const freeze = () => setFrozen((old) => ({ rows: (old ?? live).rows, held: false }));
  const hold = (over: boolean) =>
    setFrozen((old) => (over ? (old ?? { rows: live.rows, held: true }) : old?.held ? null : old));
  const follow = () => {
    setFrozen(null);
    table.current?.toTop();
  };
  const paused = frozen !== null && !frozen.held;
  useKeys({
    Space: () => (paused ? follow() : freeze()),
    j: () => table.current?.move(1),
    k: () => table.current?.move(-1),
    o: () => table.current?.open(),
    Enter: () => table.current?.open(),
    "/": () => field.current?.focus(),
  });
  const missed = frozen ? filterLiveRows(findNewer(live.rows, frozen.rows), filter).length : 0;

  return (
    <div className="flex h-full flex-col">
      <h1 className="sr-only">Live</h1>
      <div className="flex flex-col gap-2 border-b border-line px-3 pt-2.5 pb-2 lg:px-5">
        <LiveHistogram buckets={live.buckets} />
        <div className="flex flex-wrap items-center gap-2">
          <LiveChips
            ref={field}
            filter={filter}
            onChange={(next) => change({ status: next.status === "all" ? null : next.status, text: next.text || null })}
          />
          <span className="flex-1 max-sm:hidden" />
          <span className="min-w-44 text-small text-muted max-sm:order-last max-sm:w-full sm:text-right">
            {frozen?.held ? (
              <>held while you point, {formatCount(missed)} new</>
            ) : (
              <>
                {pulse.ticked && `${formatRate(pulse.requestsPerSecond)} requests/s`}
                {live.skippedPerSecond > 0 && (
                  <span className="text-warn"> · {formatCount(live.skippedPerSecond)}/s not shown</span>
                )}
              </>
            )}
          </span>
          <Tip text={paused ? "Follow" : "Pause"} keys="Space">
            <Button
              icon={paused ? "play" : "pause"}
              tone={paused ? "primary" : "plain"}
              onClick={paused ? follow : freeze}
            >
              {paused ? `Follow${missed > 0 ? ` (${formatCount(missed)} new)` : ""}` : "Pause"}
            </Button>
          </Tip>
        </div>
      </div>
      <LiveTable
        ref={table}
        rows={rows}
        filtered={filter.status !== "all" || filter.text !== ""}
        connected={pulse.link === "open"}
        onAway={freeze}
        onHold={hold}
        onOpen={setOpen}
      />
      {open && <RequestDrawer row={open} onClose={() => setOpen(null)} />}
    </div>
  );
}
