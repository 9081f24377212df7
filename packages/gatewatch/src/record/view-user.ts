import type { UserInfo } from "@gatewatch/protocol";
import { pseudonymiseText } from "@gatewatch/protocol/redact/pseudonymise";
import { cacheByText } from "../gate/cache-by-text.ts";

export interface ViewUserOptions {
  keepEmail: boolean;
  secret: string | Uint8Array | undefined;
}

const MAX_TEXT = 256;
const MAX_KNOWN_USERS = 1_000;

/** What is told of a user. */
export type UserView = (user: UserInfo | undefined) => UserInfo | undefined;

/** The user without the e-mail address, wherever it stands: many apps use it as the name or the id. */
export function createUserView({ keepEmail, secret }: ViewUserOptions): UserView {
  const hasSecret = secret !== undefined && secret.length > 0;
  const hash = hasSecret ? cacheByText((text) => pseudonymiseText(text, secret), MAX_KNOWN_USERS) : undefined;
  const view = (text: string): string | null =>
    keepEmail || !text.includes("@") ? text.slice(0, MAX_TEXT) : (hash?.(text) ?? null);
  return (user) => {
    if (user === undefined) return undefined;
    const { authenticated, id, username, email } = user;
    const seen: UserInfo = {
      authenticated,
      id: typeof id === "string" ? view(id) : id,
      username: username === null ? null : view(username),
    };
    if (keepEmail && email != null) seen.email = email.slice(0, MAX_TEXT);
    return seen;
  };
}
