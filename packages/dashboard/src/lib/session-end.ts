import type { SessionAnswer } from "@gatewatch/protocol";
import type { QueryClient } from "@tanstack/react-query";
import { onStranger } from "./api-client.ts";
import { forgetBoot, sessionQuery } from "./queries.ts";

const CHANNEL = "gatewatch-session";

/** What one tab tells the others. */
type Word = "ended" | "begun";

const tellers = new WeakMap<QueryClient, (word: Word) => void>();

/** Follows the session of this browser: when it ends, here or in another tab, every tab shows the door. Returns the way to stop. */
export function followSession(client: QueryClient): () => void {
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(CHANNEL);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin
  tellers.set(client, (word) => channel?.postMessage(word));
  if (channel)
    channel.onmessage = (event: MessageEvent<Word>) => {
      if (event.data === "ended") forgetPerson(client);
      else if (client.getQueryData(sessionQuery.queryKey) === null)
        void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
    };
  const stop = onStranger(() => endSession(client));
  return () => {
    stop();
    channel?.close();
    tellers.delete(client);
  };
}

/** Shows the door in every tab, and keeps nothing of what the person saw. */
export function endSession(client: QueryClient): void {
  if (client.getQueryData(sessionQuery.queryKey) === null) return;
  forgetPerson(client);
  tellers.get(client)?.("ended");
}

/** Lets this tab in, and the others that stand at the door. */
export function beginSession(client: QueryClient, session: SessionAnswer): void {
  client.setQueryData(sessionQuery.queryKey, session);
  tellers.get(client)?.("begun");
}

function forgetPerson(client: QueryClient): void {
  forgetBoot();
  // The session's own query stays: the page looks at it, and a removed one could tell it nothing.
  client.setQueryData(sessionQuery.queryKey, null);
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
  client.getMutationCache().clear();
}
