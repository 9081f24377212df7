import type { IssueRow, RouteRow } from "@gatewatch/protocol";
import { useQuery } from "@tanstack/react-query";
import { useId, useMemo, useState, type KeyboardEvent, type Ref } from "react";
import { Icon } from "../../components/icon.tsx";
import { Kbd } from "../../components/kbd.tsx";
import { completeQuery } from "../../lib/issue-query.ts";
import { routesQuery } from "../../lib/queries.ts";
import { useScope } from "../../lib/scope.ts";

interface Props {
  value: string;
  issues: IssueRow[];
  onChange: (query: string) => void;
  ref?: Ref<HTMLInputElement>;
}

/** The search, with what may follow offered below it. Enter takes the search, Tab or a chosen line completes it. */
export function QueryBox({ value, issues, onChange, ref }: Props) {
  const [text, setText] = useState(value);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const id = useId();
  const { project } = useScope();
  const routes = useQuery({ ...routesQuery(project, "24h"), enabled: open && text.includes("route:") }).data;
  const choices = useMemo(() => collectChoices(issues, routes ?? []), [issues, routes]);
  const items = open ? completeQuery(text, choices) : [];

  const take = (query: string) => {
    setText(query);
    setAt(-1);
    if (query.endsWith(" ")) onChange(query.trim());
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const chosen = items[at];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (items.length > 0) setAt((at + step + items.length + (at < 0 && step < 0 ? 1 : 0)) % items.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (chosen) take(chosen.query);
      else {
        setOpen(false);
        onChange(text.trim());
      }
    } else if (event.key === "Tab" && chosen) {
      event.preventDefault();
      take(chosen.query);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (open && items.length > 0) setOpen(false);
      else event.currentTarget.blur();
    }
  };
  return (
    <div className="relative">
      <div className="flex h-8 items-center gap-2 rounded-md border border-line bg-surface px-2.5 focus-within:border-accent">
        <Icon name="search" size={14} className="text-muted" />
        <input
          ref={ref}
          value={text}
          role="combobox"
          aria-label="Filter issues"
          aria-expanded={items.length > 0}
          aria-controls={id}
          aria-autocomplete="list"
          aria-activedescendant={items[at] ? `${id}-${at}` : undefined}
          placeholder="Filter: is:new route:/checkout release:1.4 level:error, or words"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setText(event.target.value);
            setOpen(true);
            setAt(-1);
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => {
            setOpen(false);
            if (text.trim() !== value) onChange(text.trim());
          }}
          onKeyDown={onKeyDown}
          className="h-full min-w-0 flex-1 bg-transparent outline-none placeholder:text-faint"
        />
        {text ? (
          <button
            type="button"
            aria-label="Clear the filter"
            className="text-muted hover:text-ink"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => {
              setText("");
              onChange("");
            }}
          >
            <Icon name="close" size={14} />
          </button>
        ) : (
          <Kbd keys="/" />
        )}
      </div>
      <ul
        id={id}
        role="listbox"
        aria-label="Completions"
        hidden={items.length === 0}
        className="absolute inset-x-0 top-9 z-20 max-w-md rounded-lg border border-line bg-raised p-1 shadow-pop"
      >
        {items.map((item, index) => (
          <li
            key={item.label}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseDown={(event) => {
              event.preventDefault();
              take(item.query);
            }}
            className={`flex h-7.5 cursor-pointer items-center gap-3 rounded-md px-2 ${index === at ? "bg-select" : "hover:bg-hover"}`}
          >
            <span className="clip font-mono text-small">{item.label}</span>
            <span className="clip text-small text-faint">{item.hint}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function collectChoices(issues: IssueRow[], routes: RouteRow[]) {
  const releases = issues.flatMap((issue) => [issue.lastRelease, issue.firstRelease]).filter((name) => name !== null);
  return {
    routes: [
      ...new Set([...issues.flatMap((issue) => issue.routes), ...routes.map((row) => `${row.method} ${row.route}`)]),
    ],
    releases: [...new Set(releases)],
  };
}
