import { Button } from "../components/button.tsx";
import { Icon } from "../components/icon.tsx";
import { dropToast, useToasts } from "../lib/toasts.ts";
import { useKeys } from "../lib/use-keys.ts";

/** What was just done, with the way to undo it (`z`). */
export function Toasts() {
  const toasts = useToasts();
  const newest = toasts.at(-1);
  const act = (id: number, run: () => void) => {
    dropToast(id);
    run();
  };
  useKeys(newest?.action ? { z: () => newest.action && act(newest.id, newest.action.run) } : {});
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-3 bottom-16 z-50 flex flex-col items-center gap-2 sm:bottom-5"
    >
      {toasts.map((toast) => (
        <div
          key={toast.id}
          className="animate-rise pointer-events-auto flex max-w-full items-center gap-2 rounded-lg border border-line bg-raised py-1.5 pr-1.5 pl-3 shadow-pop"
        >
          <Icon
            name={toast.tone === "bad" ? "issues" : "check"}
            size={14}
            className={toast.tone === "bad" ? "text-bad" : "text-good"}
          />
          <span className="min-w-0 break-words">{toast.text}</span>
          {toast.action && (
            <Button
              tone="quiet"
              className="text-accent!"
              onClick={() => toast.action && act(toast.id, toast.action.run)}
            >
              {toast.action.name}
            </Button>
          )}
          <Button tone="quiet" icon="close" aria-label="Dismiss" onClick={() => dropToast(toast.id)} />
        </div>
      ))}
    </div>
  );
}
