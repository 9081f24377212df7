import type { LiveRequest } from "@gatewatch/protocol";
import { useImperativeHandle, useRef, useState, type Ref } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { Empty } from "../../components/empty.tsx";
import { rowKey } from "../../lib/live-rows.ts";
import { LINE_HEIGHT, LIVE_COLUMNS, LiveLine } from "./live-line.tsx";

const NEAR_TOP = 8;

export interface LiveTableHandle {
  toTop: () => void;
  move: (step: number) => void;
  open: () => void;
}

interface Props {
  rows: LiveRequest[];
  filtered: boolean;
  connected: boolean;
  /** The reader has left the top, or has taken a row in hand. */
  onAway: () => void;
  /** The pointer has come over the rows, or has left them. */
  onHold: (over: boolean) => void;
  onOpen: (row: LiveRequest) => void;
  ref?: Ref<LiveTableHandle>;
}

/** Requests as they come, newest on top; only the lines in sight exist. */
export function LiveTable({ rows, filtered, connected, onAway, onHold, onOpen, ref }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useRef<VirtualizerHandle>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  useImperativeHandle(ref, () => ({
    toTop: () => {
      setCursor(null);
      scroller.current?.scrollTo({ top: 0 });
    },
    move: (step) => {
      onAway();
      const at = rows.findIndex((row) => rowKey(row) === cursor);
      const next = Math.max(0, Math.min(rows.length - 1, at + step));
      const row = rows[next];
      setCursor(row ? rowKey(row) : null);
      lines.current?.scrollToIndex(next, { align: "nearest" });
    },
    open: () => {
      const row = rows.find((candidate) => rowKey(candidate) === cursor);
      if (row) onOpen(row);
    },
  }));
  if (rows.length === 0) {
    return filtered ? (
      <Empty title="No request fits the filter">They appear here as soon as one comes.</Empty>
    ) : (
      <Empty title={connected ? "Waiting for requests" : "Connecting"}>
        Each request to your app appears here within a second.
      </Empty>
    );
  }
  return (
    <div
      ref={scroller}
      role="table"
      aria-label="Requests, newest first"
      aria-rowcount={rows.length + 1}
      className="min-h-0 flex-1 overflow-y-auto"
      tabIndex={0}
      onPointerEnter={() => onHold(true)}
      onPointerLeave={() => onHold(false)}
      onFocus={(event) => {
        if (event.target !== event.currentTarget && event.target.matches(":focus-visible")) onAway();
      }}
    >
      <div
        role="row"
        className="sticky top-0 z-10 flex h-7 items-center gap-3 border-b border-line bg-sunk px-3 text-small text-muted lg:px-5"
      >
        {LIVE_COLUMNS.map((column) => (
          <span key={column.name} role="columnheader" className={column.className}>
            {column.name}
          </span>
        ))}
      </div>
      <Virtualizer
        ref={lines}
        scrollRef={scroller}
        startMargin={28}
        itemSize={LINE_HEIGHT}
        data={rows}
        onScroll={(offset) => {
          if (offset > NEAR_TOP) onAway();
        }}
      >
        {(row, index) => (
          // By place, not by request: lines that stand still and change their text do not shift the layout.
          <LiveLine
            key={index}
            row={row}
            current={rowKey(row) === cursor}
            onOpen={() => {
              setCursor(rowKey(row));
              onOpen(row);
            }}
          />
        )}
      </Virtualizer>
    </div>
  );
}
