import type { GatewatchEvent } from "@gatewatch/protocol";
import type { FailureFacts } from "@gatewatch/protocol/messages/failure-facts";

/** A failure, and what is the same for all that are told of once in a while: kind and route. */
export interface KeyedFailure {
  key: string;
  facts: FailureFacts;
}

/** Undefined for events that nobody is told of. An exception outside of any request counts as 500. */
export function failureOfEvent(event: GatewatchEvent, statuses: readonly number[]): KeyedFailure | undefined {
  if (event.type === "request") {
    // The exception of a failed exchange speaks for it.
    if (event.errorId !== undefined || !statuses.includes(event.status)) return undefined;
    const { status, path, method, client, userAgent, userId, time: at } = event;
    return {
      key: `${status} ${method} ${event.route ?? ""}`,
      facts: { status, path, method, client, userAgent, userId, at },
    };
  }
  if (event.type !== "error") return undefined;
  const { request, user, time: at } = event;
  const { method = "", client, userAgent } = request ?? {};
  return {
    key: `exception ${event.exceptions[0]?.type ?? ""} ${method} ${request?.route ?? ""}`,
    facts: {
      // 0: the client had gone before there was an answer.
      status: request?.status || 500,
      path: request?.url.split("?")[0] ?? "",
      method,
      client,
      userAgent,
      userId: user?.id,
      username: user?.username,
      at,
    },
  };
}
