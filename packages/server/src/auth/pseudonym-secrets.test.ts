import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ControlStore, CredentialRecord } from "../model/store.ts";
import { openKeyFile } from "./key-file.ts";
import { createPseudonymSecrets } from "./pseudonym-secrets.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-secrets-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function open() {
  const rows: CredentialRecord[] = [];
  let now = 0;
  let isAway = false;
  const control = {
    async createCredential(row) {
      const record = { ...row, id: rows.length + 1, lastUsedAt: null, revokedAt: null };
      rows.push(record);
      return record;
    },
    async listCredentials(projectId) {
      if (isAway) throw new Error("the store is away");
      return rows.filter((row) => row.projectId === projectId);
    },
  } as Partial<ControlStore> as ControlStore;
  const create = () => createPseudonymSecrets({ store: { control }, keyFile: openKeyFile(folder), clock: () => now });
  return { rows, create, pass: (ms: number) => (now += ms), goAway: () => (isAway = true) };
}

it("gives each project a secret of its own, the same after a restart and to all who ask at once", async () => {
  const { create, rows } = open();
  const first = create();
  const [one, same, other] = await Promise.all([first.secretOf(1), first.secretOf(1), first.secretOf(2)]);
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(same).toBe(one);
  expect(other).not.toBe(one);
  expect(await create().secretOf(1)).toBe(one);
  expect(rows).toHaveLength(2);
});

it("agrees with other processes that ask at the same moment", async () => {
  const { create } = open();
  const [one, other] = await Promise.all([create().secretOf(1), create().secretOf(1)]);
  expect(one).toBe(other);
});

it("never gives the credential itself away, nor what could be one", async () => {
  const { create, rows } = open();
  const secret = await create().secretOf(1);
  expect(JSON.stringify(rows)).not.toContain(secret);
  expect(rows[0]).toMatchObject({ kind: "clientSecret", scope: "ingest" });
});

it("makes another once its credential is revoked", async () => {
  const { create, rows, pass } = open();
  const secrets = create();
  const before = await secrets.secretOf(1);
  rows[0] = { ...rows[0]!, revokedAt: 5 };
  expect(await secrets.secretOf(1)).toBe(before);
  pass(60_001);
  expect(await secrets.secretOf(1)).not.toBe(before);
});

it("goes on while the store is away", async () => {
  const { create, pass, goAway } = open();
  const secrets = create();
  const before = await secrets.secretOf(1);
  goAway();
  pass(120_000);
  expect(await secrets.secretOf(1)).toBe(before);
  await expect(secrets.secretOf(2)).rejects.toThrow("away");
});
