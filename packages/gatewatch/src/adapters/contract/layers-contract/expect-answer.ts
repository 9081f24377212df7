import { expect } from "vitest";
import type { Answer } from "../body-client.ts";
import type { Asked } from "./row.ts";

/** Holds an answer against what must be seen of it; the question stands in every complaint. */
export function expectAnswer({ status, headers, body }: Answer, { path, method = "GET", sees }: Asked): void {
  const about = `${method} ${path}`;
  expect(status, `${about}: status`).toBe(sees.status ?? 200);
  for (const [name, expected] of Object.entries(sees.headers ?? {})) {
    const found = headers[name];
    const value = Array.isArray(found) ? found.join(", ") : found;
    if (expected === null) expect(value, `${about}: ${name}`).toBeUndefined();
    else if (typeof expected === "string") expect(value, `${about}: ${name}`).toBe(expected);
    else expect(value ?? "(not there)", `${about}: ${name}`).toMatch(expected);
  }
  if (Buffer.isBuffer(sees.body)) expect(body.equals(sees.body), `${about}: bytes`).toBe(true);
  else if (typeof sees.body === "string") expect(body.toString(), `${about}: body`).toBe(sees.body);
  else if (sees.body !== undefined) expect(body.toString(), `${about}: body`).toMatch(sees.body);
  if (sees.json !== undefined) expect(JSON.parse(body.toString()), `${about}: JSON`).toMatchObject(sees.json);
}
