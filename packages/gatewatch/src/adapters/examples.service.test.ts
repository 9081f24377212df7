import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ErrorEvent } from "@gatewatch/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ServerStandIn, startServerStandIn } from "../ship/server-stand-in.ts";
import { stageExample } from "./contract/stage-example.ts";
import { StartedApp } from "./contract/started-app.ts";

const examples = fileURLToPath(new URL("../../../../examples/", import.meta.url));

interface Example {
  name: string;
  folder: string;
  args: readonly string[];
  env?: Record<string, string>;
  /** Whose answer an error has: the app's own, or Gatewatch's. */
  says: string;
}

const IN_PLACE = [
  { name: "http", says: "sorry\n" },
  { name: "fastify", says: '{"sorry":true}' },
  { name: "koa", says: '{"sorry":true}' },
].map(({ name, says }): Example => ({
  name,
  says,
  folder: join(examples, name),
  args: ["--conditions=source", "src/main.ts"],
}));

const STAGED = ["nest", "nest-11"].flatMap((name) => {
  const staged = stageExample(name);
  return ["express", "fastify"].map((platform) => ({
    name: `${name} on ${platform}`,
    reason: "reason" in staged ? ` (cannot be had: ${staged.reason})` : "",
    folder: "folder" in staged ? staged.folder : "",
    args: ["dist/main.js"],
    env: { PLATFORM: platform },
    says: '{"error":{"id":',
  }));
});

let server: ServerStandIn;
let app: StartedApp | undefined;
beforeEach(async () => {
  server = await startServerStandIn();
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
  await server.stop();
});

async function check({ folder, args, env = {}, says }: Example): Promise<void> {
  app = await StartedApp.start(args, folder, { GATEWATCH_URL: server.url, GATEWATCH_TOKEN: "gatewatch_in_x", ...env });
  expect(await app.ask("/notes/1")).toMatchObject({ status: 200, text: expect.stringContaining("WATER THE PLANTS") });
  const failed = await app.ask("/notes/9");
  expect(failed.status).toBe(500);
  expect(failed.text).toContain(says);
  expect((await app.ask("/nowhere")).status).toBe(404);
  await app.stop();
  const events = server.batches.flatMap(({ events: sent = [] }) => sent);
  const errors = events.filter((event): event is ErrorEvent => event.type === "error");
  expect(errors).toMatchObject([
    { exceptions: [{ type: "TypeError" }], request: { url: "/notes/9", route: "/notes/:id", status: 500 } },
  ]);
  expect(errors[0]?.id).toBe(failed.headers.get("x-error-id"));
}

describe("the example", () => {
  it.each(IN_PLACE)("$name tells of its planted bug", check);

  for (const { reason, ...example } of STAGED) {
    // oxlint-disable-next-line vitest/expect-expect -- they are in the function
    it.skipIf(reason !== "")(`${example.name} tells of its planted bug${reason}`, async () => check(example));
  }
});
