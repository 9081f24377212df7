import { watchMainFile } from "./store/sqlite/main-file.ts";

const EVERY_MS = 60_000;

/**
 * Looks once a minute whether the embedded store's main file is still the one that is open. `onLost` is told once, in a
 * sentence: what is written from then on ends with the process. Returns how to stop.
 */
export function guardMainFile(dataDir: string, onLost: (message: string) => void): () => void {
  const isThere = watchMainFile(dataDir);
  const timer = setInterval(() => {
    if (isThere()) return;
    clearInterval(timer);
    onLost(
      `The main database in ${dataDir} was deleted or replaced while the server runs. The digest stands still, what arrives waits in the journal. Stop the server, restore the newest backup into the folder, and start it again.`,
    );
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
