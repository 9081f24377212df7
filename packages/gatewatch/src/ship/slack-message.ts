import type { GatewatchEvent, Json } from "@gatewatch/protocol";

/** What one message is about. */
export interface SlackSubject {
  /** Same for what is told of once in a while: status and route. */
  key: string;
  status: number;
  path: string;
  method: string;
  client: string;
  userAgent: string;
  userId: string;
  username: string;
  time: number;
  /** How many of its kind went untold since the last message. */
  more: number;
}

const UNKNOWN = "unknown";
const ANONYMOUS = "Anonymous";
const COLOUR = "#ff0000";
const MAX_FIELD = 500;

/** Undefined for events that nobody is told of. An exception outside of any request counts as 500. */
export function slackSubjectOf(event: GatewatchEvent, statuses: readonly number[]): SlackSubject | undefined {
  if (event.type === "request") {
    // The exception of a failed exchange speaks for it.
    if (event.errorId !== undefined || !statuses.includes(event.status)) return undefined;
    const { status, path, method, route, client, userAgent, userId, time } = event;
    return subject({
      key: `${status} ${method} ${route ?? ""}`,
      status,
      path,
      method,
      client,
      userAgent,
      userId,
      time,
    });
  }
  if (event.type !== "error") return undefined;
  const { request, user, time } = event;
  const { method = "", status = 500, client, userAgent } = request ?? {};
  const path = request?.url.split("?")[0] ?? "";
  const key = `exception ${event.exceptions[0]?.type ?? ""} ${method} ${request?.route ?? ""}`;
  return subject({ key, status, path, method, client, userAgent, userId: user?.id, username: user?.username, time });
}

/** Absent and empty values get their names; nothing that a visitor wrote can mention or link. */
export function formatSlackMessage(about: SlackSubject): Json {
  const more = about.more === 0 ? "" : ` (+${about.more} more since the last message)`;
  const field = (title: string, value: string, short: boolean): Json => ({
    title,
    value: escapeSlack(value.slice(0, MAX_FIELD)),
    short,
  });
  return {
    text: `⚠️ ${sentenceFor(about.status, escapeSlack(about.path.slice(0, MAX_FIELD)))}${more}`,
    attachments: [
      {
        color: COLOUR,
        fields: [
          field("Status Code", String(about.status), true),
          field("Path", about.path, true),
          field("Client IP", about.client, true),
          field("Method", about.method, true),
          field("User-Agent", about.userAgent, false),
          field("User ID", about.userId, true),
          field("Username", about.username, true),
          field("Timestamp", new Date(about.time).toISOString(), false),
        ],
      },
    ],
  };
}

function sentenceFor(status: number, path: string): string {
  switch (status) {
    case 404:
      return `404 Error: ${path} not found`;
    case 403:
      return `403 Error: Forbidden access to ${path}`;
    case 500:
      return `500 Error: Server error at ${path}`;
    case 400:
      return `400 Error: Bad request at ${path}`;
    default:
      return "Unknown Error";
  }
}

type Loose = Pick<SlackSubject, "key" | "status" | "path" | "method" | "time"> & {
  client?: string | undefined;
  userAgent?: string | undefined;
  userId?: string | number | null | undefined;
  username?: string | null | undefined;
};

function subject({ client, userAgent, userId, username, ...rest }: Loose): SlackSubject {
  return {
    ...rest,
    client: client || UNKNOWN,
    userAgent: userAgent || UNKNOWN,
    userId: String(userId ?? "") || ANONYMOUS,
    username: username || ANONYMOUS,
    more: 0,
  };
}

/** The three characters that Slack's markup gives a meaning. */
function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
