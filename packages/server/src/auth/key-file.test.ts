import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KeyFileError, openKeyFile } from "./key-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-key-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the key is made once, with mode 0600, and nothing else stays behind", () => {
  openKeyFile(folder);
  expect(readdirSync(folder)).toEqual(["secret.key"]);
  expect(statSync(join(folder, "secret.key")).mode & 0o777).toBe(0o600);
});

test("what was sealed opens after a restart, and reads like nothing before", () => {
  const sealed = openKeyFile(folder).seal("client secret ü", "place");
  expect(Buffer.from(sealed).toString("latin1")).not.toContain("client");
  expect(openKeyFile(folder).open(sealed, "place")).toBe("client secret ü");
});

test("the same secret never seals to the same bytes", () => {
  const key = openKeyFile(folder);
  expect(Buffer.from(key.seal("s", "p")).equals(Buffer.from(key.seal("s", "p")))).toBe(false);
});

test("changed bytes, another context and another key do not open", () => {
  const key = openKeyFile(folder);
  const sealed = key.seal("secret", "place");
  for (let at = 0; at < sealed.length; at++) {
    const changed = Uint8Array.from(sealed);
    changed[at]! ^= 1;
    expect(() => key.open(changed, "place")).toThrow(KeyFileError);
  }
  expect(() => key.open(sealed, "elsewhere")).toThrow(KeyFileError);
  rmSync(join(folder, "secret.key"));
  expect(() => openKeyFile(folder).open(sealed, "place")).toThrow(KeyFileError);
});

test("a key that others can read is refused with the way out", () => {
  openKeyFile(folder);
  chmodSync(join(folder, "secret.key"), 0o644);
  expect(() => openKeyFile(folder)).toThrow(/chmod 600/);
});

test("a damaged key is refused, never replaced", () => {
  writeFileSync(join(folder, "secret.key"), "short", { mode: 0o600 });
  expect(() => openKeyFile(folder)).toThrow(/expected 32/);
});
