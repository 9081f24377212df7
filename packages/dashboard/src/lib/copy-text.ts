import { showToast } from "./toasts.ts";

/** Puts a text on the clipboard and says so; says so as well where the browser forbids it. */
export async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    showToast({ tone: "plain", text: done });
  } catch {
    showToast({ tone: "bad", text: "The browser did not allow the copy; use HTTPS or localhost." });
  }
}
