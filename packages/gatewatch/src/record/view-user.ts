import type { UserInfo } from "@gatewatch/protocol";
import { pseudonymiseText } from "@gatewatch/protocol/redact/pseudonymise";

export interface ViewUserOptions {
  keepEmail: boolean;
  secret: string | Uint8Array | undefined;
}

const MAX_TEXT = 256;

/** The user without the e-mail address, wherever it stands: many apps use it as the name or the id. */
export function createUserView({
  keepEmail,
  secret,
}: ViewUserOptions): (user: UserInfo | undefined) => UserInfo | undefined {
  const hide = (text: string): string | null =>
    secret === undefined || secret.length === 0 ? null : pseudonymiseText(text, secret);
  const view = (text: string): string | null =>
    keepEmail || !text.includes("@") ? text.slice(0, MAX_TEXT) : hide(text);
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
