import { useState, type ReactNode } from "react";
import { useLocation, useSearch } from "wouter";
import { keepScope } from "../lib/search-state.ts";
import { useScope } from "../lib/scope.ts";
import { useKeys } from "../lib/use-keys.ts";
import { useLive } from "../lib/use-live.ts";
import { CommandMenu } from "./command-menu.tsx";
import { KeyHelp } from "./key-help.tsx";
import { Rail } from "./rail.tsx";
import { TopBar } from "./top-bar.tsx";
import { useCommandKey } from "./use-command-key.ts";

/** Rail, top bar and the one scrolling place in which a screen stands. */
export function Frame({ children }: { children: ReactNode }) {
  const { project } = useScope();
  const [, navigate] = useLocation();
  const scope = keepScope(useSearch());
  const [shown, setShown] = useState<"commands" | "keys" | null>(null);
  useLive(project);
  useCommandKey(() => setShown((now) => (now === "commands" ? null : "commands")));
  useKeys({
    "g o": () => navigate(`/${scope}`),
    "g i": () => navigate(`/issues${scope}`),
    "g p": () => navigate(`/protection${scope}`),
    "g l": () => navigate(`/live${scope}`),
    "?": () => setShown("keys"),
  });
  return (
    <div className="flex h-full flex-col sm:flex-row">
      <a
        href="#screen"
        className="sr-only rounded-md bg-accent px-3 py-1.5 text-onaccent focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to the content
      </a>
      <Rail />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <TopBar onCommands={() => setShown("commands")} onKeys={() => setShown("keys")} />
        <main id="screen" tabIndex={-1} className="relative min-h-0 flex-1 outline-none">
          {children}
        </main>
      </div>
      {shown === "commands" && <CommandMenu onClose={() => setShown(null)} onKeys={() => setShown("keys")} />}
      {shown === "keys" && <KeyHelp onClose={() => setShown(null)} />}
    </div>
  );
}
