import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readOwnEnv } from "./read-own-env.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-env-"));
  writeFileSync(join(folder, ".env"), 'GATEWATCH_PORT=4500\nSECRET_OF_THE_APP=x\nDATABASE_URL="postgres://a"\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

it("readOwnEnv() takes our own keys of the file only, and the environment wins", () => {
  expect(readOwnEnv(folder, { DATABASE_URL: "postgres://b" })).toEqual({
    GATEWATCH_PORT: "4500",
    DATABASE_URL: "postgres://b",
  });
});

it("readOwnEnv() is the environment where there is no file", () => {
  expect(readOwnEnv(join(folder, "none"), { A: "1" })).toEqual({ A: "1" });
});
