import { nameUser } from "./name-user.ts";

/** What one line of the text log is made of. */
export interface TextLineFacts {
  message: string;
  client?: string | null | undefined;
  method?: string | undefined;
  userAgent?: string | null | undefined;
  /** As it is shown. */
  time: string;
  userId?: string | number | null | undefined;
  username?: string | null | undefined;
  /** Stands at the end when there is one. */
  service?: string | null | undefined;
}

/** `<message> | Client IP: … | Method: … | User-Agent: … | Timestamp: … | User ID: … | Username: …`, one line whatever strangers send. */
export function renderTextLine(facts: TextLineFacts): string {
  const line =
    `${escapePart(facts.message)} | Client IP: ${escapePart(facts.client || "unknown")}` +
    ` | Method: ${escapePart(facts.method || "unknown")} | User-Agent: ${escapePart(facts.userAgent || "unknown")}` +
    ` | Timestamp: ${facts.time} | User ID: ${escapePart(nameUser(facts.userId))}` +
    ` | Username: ${escapePart(nameUser(facts.username))}`;
  return facts.service ? `${line} | Service: ${escapePart(facts.service)}` : line;
}

/** A bar would forge the next part, a control character the next line. */
function escapePart(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029|]/g, (char) =>
    char === "|" ? "\\|" : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
