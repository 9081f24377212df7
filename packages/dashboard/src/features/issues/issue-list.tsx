import type { IssueRow } from "@gatewatch/protocol";
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, type Ref } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { findPlace, keepPlace } from "../../lib/list-places.ts";
import { IssueLine } from "./issue-line.tsx";

const ROW_HEIGHT = 56;
const ROWS_BEFORE_END = 15;
/** Frames that a row may take to exist after it was scrolled to. */
const FOCUS_FRAMES = 60;

export interface IssueListHandle {
  /** Brings a row into sight and gives it the focus. */
  show: (index: number) => void;
}

interface Props {
  place: string;
  issues: IssueRow[];
  selected: ReadonlySet<number>;
  cursor: number;
  onCursor: (index: number) => void;
  onToggle: (id: number) => void;
  onEnd: () => void;
  /** The list is being read: its end is looked for again when that is over. */
  busy: boolean;
  more: boolean;
  ref?: Ref<IssueListHandle>;
}

/** Rows without end; only those in sight exist. Found again where it was left. */
export function IssueList(props: Props) {
  const { place, issues, cursor, onCursor, onEnd, busy } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useRef<VirtualizerHandle>(null);
  const latest = useRef({ offset: 0, cursor });
  latest.current.cursor = cursor;
  const wanted = useRef(-1);

  const lookAhead = () => {
    const list = rows.current;
    if (list && list.findItemIndex(list.scrollOffset + list.viewportSize) > issues.length - ROWS_BEFORE_END) onEnd();
  };
  const latestLook = useRef(lookAhead);
  useEffect(() => {
    latestLook.current = lookAhead;
  });
  useEffect(() => {
    if (!busy) latestLook.current();
  }, [busy]);

  useLayoutEffect(() => {
    const left = findPlace(place);
    if (left) {
      rows.current?.scrollTo(left.offset);
      if (left.cursor >= 0) onCursor(left.cursor);
    }
    const kept = latest.current;
    return () => {
      wanted.current = -1;
      keepPlace(place, kept);
    };
    // Only when the list comes and goes: while it stands, it scrolls by itself.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [place]);

  useImperativeHandle(props.ref, () => ({
    show: (index) => {
      rows.current?.scrollToIndex(index, { align: "nearest" });
      wanted.current = index;
      let frames = 0;
      // At once where the line exists; else as soon as it does, unless another is wanted or the list is gone by then.
      const focus = () => {
        if (wanted.current !== index) return;
        const line = document.getElementById(`issue-${issues[index]?.id}`);
        if (line) line.focus({ preventScroll: true });
        else if (++frames < FOCUS_FRAMES) {
          // Enter must not open the row that had the focus before.
          scroller.current?.focus({ preventScroll: true });
          requestAnimationFrame(focus);
        }
      };
      focus();
    },
  }));

  return (
    <div ref={scroller} tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto outline-none">
      <Virtualizer
        ref={rows}
        scrollRef={scroller}
        as="ul"
        item="li"
        itemSize={ROW_HEIGHT}
        data={issues}
        onScroll={(offset) => {
          latest.current.offset = offset;
          lookAhead();
        }}
      >
        {(issue, index) => (
          <IssueLine
            key={issue.id}
            issue={issue}
            current={index === cursor}
            selected={props.selected.has(issue.id)}
            onFocus={() => onCursor(index)}
            onToggle={() => props.onToggle(issue.id)}
          />
        )}
      </Virtualizer>
      {props.more && <p className="py-3 text-center text-muted">Loading more</p>}
    </div>
  );
}
