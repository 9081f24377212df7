import type { ErrorEvent, ExceptionInfo, Json, Resource, StackFrame } from "@gatewatch/protocol";

const UNKNOWN = "Unknown";

/** One error in the shape that `POST /api/v1/analyze-error` takes. */
export function formatAgentReport(event: ErrorEvent, resource: Resource): Record<string, Json> {
  const { request, user } = event;
  const [first] = event.exceptions;
  const traceback = event.exceptions.map(formatException);
  return {
    ...event.custom,
    // The receivers read a time without a zone, and take it for UTC.
    timestamp: new Date(event.time).toISOString().slice(0, -1),
    environment: resource.environment ?? "development",
    request: {
      path: request?.url.split("?")[0] ?? "",
      method: request?.method ?? "",
      content_type: request?.contentType ?? "",
      query_params: Object.fromEntries(
        Object.entries(request?.query ?? {}).map(([name, value]) => [name, [value].flat()]),
      ),
      remote_addr: request?.client ?? UNKNOWN,
      user_agent: request?.userAgent ?? UNKNOWN,
    },
    request_body: formatBody(request?.body),
    user: {
      authenticated: user?.authenticated ?? false,
      id: user?.id ?? null,
      username: user?.username ?? null,
      email: user?.email ?? null,
    },
    exception: {
      type: first?.type ?? "Error",
      message: first?.message ?? "",
      module: first?.module ?? first?.code ?? "",
      traceback: traceback.join("\n"),
      traceback_list: event.exceptions.flatMap((exception) => [
        `${exception.type}: ${exception.message}`,
        ...exception.frames.map(formatFrame),
      ]),
    },
    server: { hostname: resource.host ?? "unknown", version: resource.release ?? "unknown" },
  };
}

function formatBody(body: Json | undefined): string | null {
  if (body === undefined || body === null) return null;
  return typeof body === "string" ? body : JSON.stringify(body);
}

function formatException(exception: ExceptionInfo, index: number): string {
  const relation = index === 0 ? "" : exception.relation === "member" ? "Member: " : "Caused by: ";
  const frames = exception.rawStack === undefined ? exception.frames.map(formatFrame) : [exception.rawStack];
  return [`${relation}${exception.type}: ${exception.message}`, ...frames].join("\n");
}

function formatFrame({ file, function: name, line, column }: StackFrame): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return name === undefined ? `    at ${place}` : `    at ${name} (${place})`;
}
