import { useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { Button } from "../components/button.tsx";
import { Icon } from "../components/icon.tsx";
import { Kbd } from "../components/kbd.tsx";
import { Menu, MenuItem, MenuLine } from "../components/menu.tsx";
import { ApiFailure, callApi } from "../lib/api-client.ts";
import { SESSION_PATH } from "../lib/api-paths.ts";
import { formatCount } from "../lib/format.ts";
import { useScope } from "../lib/scope.ts";
import { useSearchState } from "../lib/search-state.ts";
import { endSession } from "../lib/session-end.ts";
import { showToast } from "../lib/toasts.ts";
import { setTheme, useTheme, type Theme } from "../lib/theme.ts";
import { DEFAULT_RANGE, TIME_RANGES } from "../lib/time-range.ts";
import { ConnectionDot } from "./connection-dot.tsx";
import { COMMAND_KEY } from "./use-command-key.ts";

/** Screens about a span of time. */
const RANGED: ReadonlySet<string> = new Set(["/", "/protection"]);

const THEMES: { id: Theme; name: string; icon: "auto" | "sun" | "moon" }[] = [
  { id: "auto", name: "As the system", icon: "auto" },
  { id: "light", name: "Light", icon: "sun" },
  { id: "dark", name: "Dark", icon: "moon" },
];

export function TopBar({ onCommands, onKeys }: { onCommands: () => void; onKeys: () => void }) {
  const { session, project } = useScope();
  const [location] = useLocation();
  const [, change] = useSearchState();
  const name = session.projects.find((row) => row.id === project)?.name ?? "Project";
  return (
    <header className="flex h-11 shrink-0 items-center gap-1 border-b border-line bg-sunk px-2 sm:px-3">
      <Menu
        label="Project"
        trigger={
          <Button tone="quiet" caret className="min-w-0 shrink text-ink" aria-label={`Project: ${name}`}>
            <span className="clip max-w-24 sm:max-w-48">{name}</span>
          </Button>
        }
      >
        {session.projects.map((row) => (
          <MenuItem
            key={row.id}
            checked={row.id === project}
            note={`${formatCount(row.eventsLast24h)} / 24 h`}
            onSelect={() => change({ project: String(row.id) })}
          >
            {row.name}
          </MenuItem>
        ))}
      </Menu>
      {RANGED.has(location) && <RangeMenu />}
      <span className="flex-1" />
      <ConnectionDot />
      <button
        type="button"
        onClick={onCommands}
        aria-label="Search and commands"
        className="mx-1 flex h-7 items-center gap-2 rounded-md border border-line bg-surface px-2 text-muted hover:border-strong hover:text-ink"
      >
        <Icon name="search" size={14} />
        <span className="hidden pr-6 md:inline">Search or jump to</span>
        <span className="hidden md:inline">
          <Kbd keys={COMMAND_KEY} />
        </span>
      </button>
      <ThemeMenu />
      <UserMenu onKeys={onKeys} />
    </header>
  );
}

/** Only where it matters: lists and the stream know no span. */
function RangeMenu() {
  const { range } = useScope();
  const [, change] = useSearchState();
  return (
    <Menu
      label="Span of time"
      trigger={
        <Button tone="quiet" caret aria-label={`Span of time: ${range.name}`}>
          <span className="hidden sm:inline">{range.name}</span>
          <span className="sm:hidden">{range.id}</span>
        </Button>
      }
    >
      {TIME_RANGES.map((row) => (
        <MenuItem
          key={row.id}
          checked={row.id === range.id}
          onSelect={() => change({ range: row.id === DEFAULT_RANGE ? null : row.id })}
        >
          {row.name}
        </MenuItem>
      ))}
    </Menu>
  );
}

function ThemeMenu() {
  const theme = useTheme();
  const icon = THEMES.find((row) => row.id === theme)?.icon ?? "auto";
  return (
    <Menu align="end" label="Theme" trigger={<Button tone="quiet" icon={icon} aria-label="Theme" />}>
      {THEMES.map((row) => (
        <MenuItem key={row.id} checked={row.id === theme} onSelect={() => setTheme(row.id)}>
          {row.name}
        </MenuItem>
      ))}
    </Menu>
  );
}

function UserMenu({ onKeys }: { onKeys: () => void }) {
  const { session } = useScope();
  const client = useQueryClient();
  const leave = async () => {
    try {
      await callApi(SESSION_PATH, { method: "DELETE" });
    } catch (error) {
      // Who was signed out already is where they wanted to be; else the session goes on, and saying so matters.
      if (!(error instanceof ApiFailure && error.status === 401)) {
        const reason = error instanceof Error ? error.message : "unknown reason";
        return showToast({ tone: "bad", text: `Not signed out: ${reason}` });
      }
    }
    endSession(client);
  };
  return (
    <Menu
      align="end"
      label={session.user.email.endsWith(".invalid") ? session.user.name : session.user.email}
      trigger={<Button tone="quiet" icon="user" aria-label={`Signed in as ${session.user.name}`} />}
    >
      <MenuItem icon="keyboard" keys="?" onSelect={onKeys}>
        Keys
      </MenuItem>
      <MenuLine />
      <MenuItem icon="exit" onSelect={() => void leave()}>
        Sign out
      </MenuItem>
      <MenuLine />
      <div className="px-2 py-1 text-tiny text-faint">Gatewatch {session.version}</div>
    </Menu>
  );
}
