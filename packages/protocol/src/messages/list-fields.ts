import type { FailureFacts, MessageSettings } from "./failure-facts.ts";
import { formatTime } from "./format-time.ts";
import { nameUser } from "./name-user.ts";

const UNKNOWN = "unknown";

export interface MessageField {
  title: string;
  value: string;
  /** Two short ones stand side by side. */
  short: boolean;
}

/** The facts of a failed request in the order in which people read them, not yet escaped for any medium. */
export function listFields(facts: FailureFacts, { timeZone }: MessageSettings = {}): MessageField[] {
  return [
    { title: "Status Code", value: String(facts.status), short: true },
    { title: "Path", value: facts.path, short: true },
    { title: "Client IP", value: facts.client || UNKNOWN, short: true },
    { title: "Method", value: facts.method, short: true },
    { title: "User-Agent", value: facts.userAgent || UNKNOWN, short: false },
    { title: "User ID", value: nameUser(facts.userId), short: true },
    { title: "Username", value: nameUser(facts.username), short: true },
    { title: "Timestamp", value: formatTime(facts.at, timeZone), short: false },
  ];
}
