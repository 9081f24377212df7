import { expect, it } from "vitest";
import { JournalError } from "../../model/journal.ts";
import { createFakeIntake } from "../fake-intake.ts";
import { createBatchReceiver } from "../receive-batch.ts";
import { createFrameBatcher } from "./frame-batcher.ts";

const CLIENT = { projectId: 1, credentialId: 1 };
const KEY = new TextEncoder().encode("key");

function open() {
  const fake = createFakeIntake();
  const batcher = createFrameBatcher(createBatchReceiver(fake.deps));
  const gate = Promise.withResolvers<void>();
  return {
    ...fake,
    gate,
    add: (event: Record<string, unknown> | string, projectId = 1) => {
      const text = typeof event === "string" ? event : JSON.stringify({ client_id: "shop", method: "GET", ...event });
      return batcher.add(Buffer.from(text), { ...CLIENT, projectId }, KEY);
    },
    rows: () =>
      fake.journal.records.map(({ projectId, body }) => {
        const { columns, resource } = JSON.parse(Buffer.from(body).toString()) as {
          columns: { request: { n: number } };
          resource?: { service: string };
        };
        return [projectId, resource?.service, columns.request.n];
      }),
  };
}

it("writes a frame that comes alone at once, and together what comes meanwhile", async () => {
  const { add, gate, journal, rows } = open();
  journal.gate = gate.promise;
  const first = add({ endpoint: "/1" });
  await journal.attempted(1);
  const others = [
    add({ endpoint: "/2" }),
    add(' {"client_id":"shop","endpoint":"/3","method":"GET","custom_data":{"x":NaN}} '),
    add({ endpoint: 5 }),
  ];
  gate.resolve();
  expect(await first).toBeUndefined();
  expect((await Promise.all(others)).map((problem) => problem?.code)).toEqual([undefined, undefined, "invalid_event"]);
  expect(rows()).toEqual([
    [1, "shop", 1],
    [1, "shop", 2],
  ]);
});

it("keeps apps and projects apart", async () => {
  const { add, gate, journal, rows } = open();
  journal.gate = gate.promise;
  const all = [
    add({ endpoint: "/1" }),
    add({ endpoint: "/2", client_id: "blog" }),
    add({ endpoint: "/3" }, 2),
    add({ endpoint: "/4", client_id: undefined }),
  ];
  gate.resolve();
  await Promise.all(all);
  expect(rows()).toEqual([
    [1, "shop", 1],
    [1, "blog", 1],
    [2, "shop", 1],
    [1, undefined, 1],
  ]);
});

it("tells each frame of a record that could not be written, and goes on", async () => {
  const { add, gate, journal, rows } = open();
  journal.gate = gate.promise;
  const first = add({ endpoint: "/1" });
  await journal.attempted(1);
  journal.failures.push(new JournalError("journal_write_failed", "disk full"));
  const [second, third] = [add({ endpoint: "/2" }), add({ endpoint: "/3" })];
  gate.resolve();
  await first;
  await expect(second).rejects.toThrow(/cannot write/);
  await expect(third).rejects.toThrow(/cannot write/);
  expect(await add({ endpoint: "/4" })).toBeUndefined();
  expect(rows()).toHaveLength(2);
});

it("bounds what shares a record", async () => {
  const { add, gate, journal, rows } = open();
  journal.gate = gate.promise;
  const all = [add({ endpoint: "/0" })];
  await journal.attempted(1);
  for (let index = 1; index <= 150; index++) all.push(add({ endpoint: `/${index}` }));
  gate.resolve();
  await Promise.all(all);
  expect(rows().map(([, , n]) => n)).toEqual([1, 100, 50]);
});
