import { openRawClient } from "../support/raw-client.ts";
import type { LanguageLoad } from "./measure-languages.ts";

const FRAME =
  '  File "/srv/shop/api/parse.py", line 42, in parse_user\n    user = parse_fields(payload, strict=True)\n';

/** As the Python middleware writes it, with a traceback that fills it up. */
function makeError(seed: number, bytes: number): object {
  const frames = Array.from({ length: Math.max(2, Math.floor((bytes - 700) / (2.2 * FRAME.length))) }, () => FRAME);
  const message = `Invalid user data for order ${seed}`;
  return {
    timestamp: new Date().toISOString().replace("Z", "320"),
    environment: "production",
    request: {
      path: `/api/v1/users/${seed}/`,
      method: "POST",
      content_type: "application/json",
      query_params: { a: ["1", "2"] },
      remote_addr: "203.0.113.9",
      user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    },
    request_body: '{"username": "john", "password": "hunter2"}',
    user: { authenticated: false, id: null, username: null, email: null },
    exception: {
      type: "ValueError",
      message,
      module: "builtins",
      traceback: `Traceback (most recent call last):\n${frames.join("")}ValueError: ${message}\n`,
      traceback_list: frames,
    },
    server: { hostname: "web-server-01", version: "1.4.2" },
  };
}

export const AGENT_LOADS: readonly LanguageLoad[] = [5_000, 50_000].map((bytes) => ({
  name: `agent errors of ${bytes / 1000} KB`,
  events: 1,
  make: (seed) => Buffer.from(JSON.stringify(makeError(seed, bytes))),
  open: (url, token) => openRawClient(url, "/api/v1/analyze-error", token),
}));
