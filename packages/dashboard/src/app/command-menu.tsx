import { useQuery } from "@tanstack/react-query";
import type { IssueList } from "@gatewatch/protocol";
import { useDeferredValue, useId, useMemo, useState, type KeyboardEvent } from "react";
import { useLocation, useSearch } from "wouter";
import { Icon, type IconName } from "../components/icon.tsx";
import { Kbd } from "../components/kbd.tsx";
import { Modal } from "../components/modal.tsx";
import { callApi } from "../lib/api-client.ts";
import { issuesPath } from "../lib/api-paths.ts";
import { useScope } from "../lib/scope.ts";
import { changeSearch, keepScope } from "../lib/search-state.ts";
import { setTheme } from "../lib/theme.ts";
import { DEFAULT_RANGE, TIME_RANGES } from "../lib/time-range.ts";
import { DESTINATIONS } from "./destinations.ts";

interface Command {
  id: string;
  name: string;
  hint?: string;
  icon: IconName;
  keys?: string;
  run: () => void;
}

const MAX_ISSUES = 6;

/** Go anywhere and do anything by typing: a field over a list, as one combobox. */
export function CommandMenu({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const listId = useId();
  const commands = useCommands(text, onKeys);
  const active = Math.min(at, commands.length - 1);
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const next = (active + step + commands.length) % Math.max(1, commands.length);
      setAt(next);
      document.getElementById(`${listId}-${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(commands[active]);
    }
  };
  return (
    <Modal label="Search and commands" onClose={onClose}>
      <div className="flex items-center gap-2.5 border-b border-line px-3.5">
        <Icon name="search" className="text-muted" />
        <input
          autoFocus
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={commands.length > 0 ? `${listId}-${active}` : undefined}
          aria-label="Search issues, go to a screen, run a command"
          placeholder="Search issues, go to a screen, run a command"
          className="h-11 min-w-0 flex-1 bg-transparent text-lead outline-none placeholder:text-faint"
        />
        <Kbd keys="Esc" />
      </div>
      <ul id={listId} role="listbox" aria-label="Commands" className="max-h-[52vh] overflow-y-auto p-1.5">
        {commands.map((command, index) => (
          <li
            key={command.id}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === active}
            onPointerMove={() => setAt(index)}
            onClick={() => run(command)}
            className={`flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2 ${index === active ? "bg-select" : ""}`}
          >
            <Icon name={command.icon} size={15} className="text-muted" />
            <span className="clip">{command.name}</span>
            {command.hint && <span className="clip flex-1 text-small text-faint">{command.hint}</span>}
            {command.keys && (
              <span className="ml-auto">
                <Kbd keys={command.keys} />
              </span>
            )}
          </li>
        ))}
      </ul>
      {commands.length === 0 && <p className="px-4 pb-5 text-muted">Nothing found for “{text}”.</p>}
    </Modal>
  );
}

function useCommands(text: string, onKeys: () => void): Command[] {
  const { project, session } = useScope();
  const [location, navigate] = useLocation();
  const search = useSearch();
  const words = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: ["search", project, words],
    queryFn: ({ signal }) => callApi<IssueList>(issuesPath(project, { tab: "all", query: words }, null), { signal }),
    enabled: words.length > 1,
    placeholderData: (old) => old,
  });
  const fixed = useMemo<Command[]>(() => {
    const scope = keepScope(search);
    const to = (changes: Record<string, string | null>) => {
      const next = changeSearch(search, changes);
      navigate(next ? `${location}?${next}` : location);
    };
    return [
      ...DESTINATIONS.map((place) => ({
        id: place.path,
        name: place.name,
        icon: place.icon,
        keys: place.keys,
        run: () => navigate(`${place.path}${scope}`),
      })),
      ...session.projects
        .filter((row) => row.id !== project)
        .map((row) => ({
          id: `project ${row.id}`,
          name: `Project ${row.name}`,
          icon: "folder" as const,
          run: () => to({ project: String(row.id) }),
        })),
      ...TIME_RANGES.map((range) => ({
        id: `range ${range.id}`,
        name: range.name,
        icon: "clock" as const,
        run: () => to({ range: range.id === DEFAULT_RANGE ? null : range.id }),
      })),
      { id: "light", name: "Light theme", icon: "sun", run: () => setTheme("light") },
      { id: "dark", name: "Dark theme", icon: "moon", run: () => setTheme("dark") },
      { id: "auto", name: "Theme as the system", icon: "auto", run: () => setTheme("auto") },
      { id: "keys", name: "Keys", icon: "keyboard", keys: "?", run: onKeys },
    ];
  }, [location, navigate, onKeys, project, search, session.projects]);

  const typed = text.trim().toLowerCase();
  const matching = fixed.filter((command) => command.name.toLowerCase().includes(typed));
  const issues: Command[] =
    words.length > 1 && typed !== ""
      ? (found.data?.issues ?? []).slice(0, MAX_ISSUES).map((issue) => ({
          id: `issue ${issue.id}`,
          name: issue.title,
          hint: issue.culprit,
          icon: "issues",
          run: () => navigate(`/issues/${issue.id}${keepScope(search)}`),
        }))
      : [];
  return [...matching, ...issues];
}
