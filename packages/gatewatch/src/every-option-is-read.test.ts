import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { createGatewatch } from "./create-gatewatch.ts";
import { OPTION_TABLE } from "./options/option-table.ts";
import type * as Resolving from "./options/resolve-options.ts";

const { read } = vi.hoisted(() => ({ read: new Set<string>() }));

/** The options, but each key that is read is noted. */
vi.mock("./options/resolve-options.ts", async (importOriginal) => {
  const original = await importOriginal<typeof Resolving>();
  const watch = (target: object, prefix: string): object =>
    // The original is frozen, and a proxy of a frozen object may not answer with another proxy.
    new Proxy(
      { ...target },
      {
        get(values, name) {
          const value: unknown = Reflect.get(values, name);
          if (typeof name !== "string") return value;
          read.add(`${prefix}${name}`);
          const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
          return isGroup ? watch(value, `${prefix}${name}.`) : value;
        },
        ownKeys() {
          throw new Error(`${prefix}* is copied as a whole: then it cannot be told what is read.`);
        },
      },
    );
  return {
    ...original,
    resolveOptions: (...given: Parameters<typeof original.resolveOptions>) =>
      watch(original.resolveOptions(...given), ""),
  };
});

const folder = mkdtempSync(join(tmpdir(), "gatewatch-options-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("every option is read by the code that it is meant for: none can be set in vain", async () => {
  const say = (): void => undefined;
  const instance = createGatewatch(
    {
      logger: { info: say, warn: say, error: say },
      url: "http://127.0.0.1:9",
      agent: { endpoint: "http://127.0.0.1:9" },
      anomaly: { enabled: true },
      cerberus: { wsUrl: "ws://127.0.0.1:9", token: "t", clientId: "c", secretKey: "s" },
      slack: { webhookUrl: "http://127.0.0.1:9" },
      email: { to: ["ops@shop.example"], sendMail: say },
      delivery: { spoolFolder: folder },
      cors: { origins: "https://app.example" },
      rateLimit: { enabled: true, store: "redis" },
      cache: { enabled: true, store: "redis" },
      redis: { status: "end", call: say, callBuffer: say },
    },
    { env: {}, dotenv: undefined },
  );
  await instance.close(0);
  expect(OPTION_TABLE.map(({ key }) => key).filter((key) => !read.has(key))).toEqual([]);
});
