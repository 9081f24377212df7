import { useSyncExternalStore } from "react";

export interface Toast {
  id: number;
  tone: "plain" | "bad";
  text: string;
  action?: { name: string; run: () => void };
}

const MAX_TOASTS = 3;
const LIFE_MS = 7000;
let toasts: Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function publish(next: Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Says one thing at the foot of the page for a while, with at most one way to act on it. */
export function showToast(toast: Omit<Toast, "id">): void {
  const id = nextId++;
  publish([...toasts.slice(1 - MAX_TOASTS), { ...toast, id }]);
  setTimeout(() => dropToast(id), LIFE_MS);
}

export function dropToast(id: number): void {
  if (toasts.some((toast) => toast.id === id)) publish(toasts.filter((toast) => toast.id !== id));
}

export function useToasts(): Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
}
