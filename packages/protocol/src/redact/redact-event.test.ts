import { describe, expect, it } from "vitest";
import type { ErrorEvent, GatewatchEvent } from "../event.ts";
import { createRedactor } from "./create-redactor.ts";
import { redactEvent } from "./redact-event.ts";

const redactor = createRedactor({ email: true });
const SECRET = "password=hunter2secret";

const error: ErrorEvent = {
  type: "error",
  time: 1,
  id: "a",
  level: "error",
  handled: false,
  mechanism: "throw",
  fingerprint: [SECRET],
  exceptions: [
    {
      type: `Error ${SECRET}`,
      message: SECRET,
      code: SECRET,
      rawStack: `Error: ${SECRET}`,
      frames: [
        {
          file: `a.ts?${SECRET}`,
          function: SECRET,
          inApp: true,
          context: {
            pre: ["const k = `-----BEGIN RSA PRIVATE KEY-----", "hunter2secret"],
            line: "hunter2secret",
            post: ["-----END RSA PRIVATE KEY-----`;", 'const secret = "hunter2secret";'],
          },
        },
      ],
    },
  ],
  request: {
    method: "POST",
    url: `/login?${SECRET}`,
    headers: { authorization: "hunter2secret", "user-agent": SECRET },
    query: { password: "hunter2secret" },
    body: { deep: [{ password: "hunter2secret" }] },
    userAgent: SECRET,
    client: SECRET,
  },
  user: { authenticated: true, id: SECRET, username: SECRET, email: "hunter2secret@example.org" },
  breadcrumbs: [{ time: 1, category: "log", message: SECRET, data: { password: "hunter2secret" } }],
  attributes: { password: "hunter2secret" },
  custom: { note: SECRET },
};

const others: GatewatchEvent[] = [
  {
    type: "request",
    time: 1,
    method: "GET",
    route: `/a/${SECRET}`,
    path: `/login?${SECRET}`,
    status: 200,
    durationMs: 1,
    requestId: SECRET,
    userAgent: SECRET,
    userId: SECRET,
    host: SECRET,
    client: SECRET,
    attributes: { password: "hunter2secret" },
  },
  { type: "log", time: 1, level: "info", message: SECRET, attributes: { password: "hunter2secret" } },
  { type: "metric", time: 1, name: SECRET, kind: "gauge", value: 1 },
  { type: "custom", time: 1, name: SECRET, attributes: { password: "hunter2secret" } },
];

describe("redactEvent()", () => {
  it.each([error, ...others])("leaves no secret in an event of type $type, and the argument alone", (event) => {
    const before = JSON.stringify(event);
    expect(before).toContain("hunter2secret");
    expect(JSON.stringify(redactEvent(event, redactor))).not.toContain("hunter2secret");
    expect(JSON.stringify(event)).toBe(before);
  });
});
